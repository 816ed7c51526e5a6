import path from 'node:path';
import ejs from 'ejs';
import { packageRoot } from '../package-root.ts';
import type { User } from '../store/users.ts';
import { assets } from './assets.ts';
import type { Band } from './band.ts';
import { elapsed, type Moment } from './format.ts';
import { harmless } from './harmless.ts';

const views = path.join(packageRoot, 'views');

/** What the layout and every template can count on. */
export interface Frame {
  readonly title: string;
  /** null before signing in: then there is no navigation. */
  readonly user: User | null;
  /** The address of the page, for marking it in the navigation. */
  readonly path: string;
  /** What every form carries. */
  readonly token: string;
  readonly band: Band | null;
  /** Whether the page reloads itself every two seconds: what it shows is going on. */
  readonly refresh: boolean;
  /** Where what changes on it is told, for browsers with scripts; null where they ask for the page again, too. */
  readonly events: string | null;
  /** When what it shows was true, where the database did not answer in time; null when it is true now. */
  readonly asOf: Moment | null;
}

/**
 * Renders a page. The model's fields become the template's variables, so a misspelt one throws. Models are made by us
 * field by field: nothing that came with a request is spread into one.
 */
export async function renderPage(view: string, frame: Frame, model: object): Promise<string> {
  const shared = { ...frame, assets };
  const body = await renderView(view, { ...model, ...shared });
  return renderView('layout', { ...shared, body });
}

/** Renders a piece of a page; its model's fields are the template's variables. */
export function renderPart(view: string, model: object): Promise<string> {
  return renderView(view, { ...model, assets, elapsed });
}

function renderView(view: string, variables: object): Promise<string> {
  return ejs.renderFile(path.join(views, `${view}.ejs`), variables, {
    cache: true,
    escape: (value: unknown) => harmless(ejs.escapeXML(value as string)),
    strict: false,
    views: [views],
  });
}

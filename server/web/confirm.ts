import type { Answer } from './visit.ts';

/** Something that is asked once more before it is done, on a page of its own: it needs no script. */
export interface Question {
  readonly title: string;
  /** The page it belongs to, for the navigation. */
  readonly path: string;
  readonly sentences: readonly string[];
  /** Where the form is sent. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly button: string;
  readonly back: string;
  /** What going back means: `Let it go on`. */
  readonly keep: string;
}

export function confirmPage({ title, path, ...rest }: Question): Answer {
  return { view: 'confirm', title, path, model: { heading: title, ...rest } };
}

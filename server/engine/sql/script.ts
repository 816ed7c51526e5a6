import { GanderError } from '../errors.ts';
import type { Script } from '../migration.ts';
import { namesSlots } from './checks.ts';
import type { Environment } from './envsub.ts';
import { type Outline, readOutline, type Remark } from './outline.ts';
import { type LineStarts, lineStarts, placeAt } from './position.ts';
import type { Refuse } from './refuse.ts';
import { readSection } from './section.ts';
import { lineComments, mentionsSettings, readSettings } from './settings.ts';

export interface ScriptOptions {
  /** The file's name, for errors and warnings. */
  readonly file: string;
  /** What ENVSUB may put in. */
  readonly env: Environment;
}

/**
 * Reads a normalised goose file: both sections as the statements to send, and what is odd about it. Pure: `env` is all it
 * knows of the environment.
 *
 * Throws `invalid_file`, with the place and what to do, for what goose refuses, for what PostgreSQL is sure to refuse, and
 * for what would run otherwise than it reads. The rules are those of goose 3.27; where a file has no Down, or nothing in
 * it, its section is empty.
 */
export function parseScript(text: string, { file, env }: ScriptOptions): Script {
  const refuse: Refuse = (offset, message, next) => {
    throw new GanderError('invalid_file', message, { file, place: placeAt(text, offset), next });
  };
  const outline = readOutline(text, env, refuse);
  const { transaction, secrets } = outline;
  const remarks: Remark[] = [...outline.remarks];
  const options = {
    transaction,
    namesSlots: namesSlots(text),
    refuse,
    lines: lineStarts(text),
    remark: (remark: Remark) => void remarks.push(remark),
  };
  const up = readSection(outline.up, options);
  const down = readSection(outline.down, options);
  const comments = mentionsSettings(text) ? commentsOf(text, outline, options.lines) : [];
  const settings = readSettings(text, comments, refuse);
  const inOrder = remarks.toSorted((a, b) => a.line - b.line);
  return {
    transaction,
    up,
    down,
    settings,
    warnings: inOrder.map((remark) => ({ file, ...remark })),
    secrets,
    module: null,
  };
}

/** Where the `--` comments begin, above Up and in the SQL of both sections. */
function commentsOf(text: string, { up, down }: Outline, lines: LineStarts): number[] {
  const head = text.slice(0, lines[(up.line ?? 1) - 1]);
  const inSql = [...up.passages, ...down.passages].flatMap((passage) =>
    lineComments(passage.sql).map((at) => passage.fileOffset(at)),
  );
  return [...lineComments(head), ...inSql];
}

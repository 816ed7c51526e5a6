import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { excerpt, type ExcerptLine, type GanderError, MigrationFailed } from '../engine/index.ts';
import type { Paint } from './output.ts';

/**
 * The lines round the place of an error, from what ran or else from the file; none when there is no place, or no file any
 * more.
 *
 * @param dir the folder of migrations; null: it is not known
 */
export async function linesOf(error: GanderError, dir: string | null): Promise<readonly ExcerptLine[]> {
  if (error instanceof MigrationFailed) return error.excerpt;
  const { file, place } = error;
  if (file === null || place === null || dir === null) return [];
  const text = await readFile(path.join(dir, file), 'utf8').catch(() => null);
  // Places count in the text as it is read: without a BOM, and with LF.
  return text === null ? [] : excerpt(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'), place);
}

/**
 * Lines of a file with their numbers, the line of the place marked, and a caret under it.
 *
 * @param exact false: the place is only where the statement begins, so there is no caret
 */
export function passage(lines: readonly ExcerptLine[], exact: boolean, paint: Paint): string {
  const width = Math.max(...lines.map(({ number }) => String(number).length));
  const shown = lines.flatMap((line) => {
    const isHere = line.caret !== null;
    const head = `${isHere ? '>' : ' '} ${String(line.number).padStart(width)} |`;
    const row = `  ${paint(isHere ? 'red' : 'dim', head)} ${line.text}`;
    const caret = `  ${' '.repeat(width + 2)} ${paint('dim', '|')} ${gap(line)}${paint('red', '^')}`;
    return isHere && exact ? [row, caret] : [row];
  });
  return shown.join('\n');
}

/** What takes two columns of a terminal, as far as it is found in SQL: East Asian letters and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/gu;

/** As wide as what stands before the place; tabs stay tabs. */
function gap({ text, caret }: ExcerptLine): string {
  const before = Array.from(text).slice(0, (caret ?? 1) - 1);
  return before
    .join('')
    .replaceAll(WIDE, '  ')
    .replaceAll(/[^\t ]/gu, ' ');
}

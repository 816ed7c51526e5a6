import { isReversible, type Migration, type Section } from '../engine/index.ts';
import { highlight, type Language } from './highlight.ts';

/** A line of SQL, ready to print: `html` is escaped and highlighted. */
export interface SqlLine {
  readonly number: number;
  readonly html: string;
}

export interface SqlSection {
  readonly heading: 'Up' | 'Down';
  readonly lines: readonly SqlLine[];
  readonly statements: number;
}

/** A migration's sections with the file's own line numbers. `down` is null when the migration is irreversible. */
export function sqlSections(migration: Migration): { up: SqlSection; down: SqlSection | null } {
  const { up, down } = migration.script;
  const lines = highlight(migration.text, migration.checksum);
  const end = down.line === null ? lines.length : down.line - 1;
  return {
    up: section('Up', up, lines, end),
    down: isReversible(migration.script) ? section('Down', down, lines, lines.length) : null,
  };
}

function section(
  heading: SqlSection['heading'],
  { line, statements }: Section,
  lines: readonly string[],
  end: number,
): SqlSection {
  const first = line ?? 0;
  return {
    heading,
    statements: statements.length,
    lines: trimmed(numbered(lines.slice(first, end), first + 1)),
  };
}

/** A text without sections: JavaScript, or a file that cannot be read as a migration. */
export function wholeText(text: string, key: string, file: string | null): SqlLine[] {
  const language: Language = file === null || file.endsWith('.sql') ? 'pgsql' : 'javascript';
  return trimmed(numbered(highlight(text, key, language), 1));
}

function numbered(lines: readonly string[], first: number): SqlLine[] {
  return lines.map((html, index) => ({ number: first + index, html }));
}

function trimmed(lines: readonly SqlLine[]): SqlLine[] {
  const filled = lines.map(({ html }) => html.trim() !== '');
  return filled.includes(true) ? lines.slice(filled.indexOf(true), filled.lastIndexOf(true) + 1) : [];
}

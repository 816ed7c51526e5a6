import assert from 'node:assert/strict';
import { GanderError } from '../../../server/engine/errors.ts';
import type { Script } from '../../../server/engine/migration.ts';
import { normalise } from '../../../server/engine/sql/normalise.ts';
import { parseScript } from '../../../server/engine/sql/script.ts';

const FILE = '1_a.sql';

export interface Answer {
  readonly message: string;
  readonly next: string | null;
  readonly where: string | null;
}

export function parse(text: string, env: Readonly<Record<string, string>> = {}): Script {
  return parseScript(normalise(Buffer.from(text), FILE), { file: FILE, env });
}

/** A transactional file with this in its Up. */
export function up(sql: string): string {
  return `-- +goose Up\n${sql}\n`;
}

/** A file that runs without a transaction, with this in its Up. */
export function upWithoutTransaction(sql: string): string {
  return `-- +goose NO TRANSACTION\n-- +goose Up\n${sql}\n`;
}

/** What is sent for Up, as it is sent. */
export function sent(text: string, env: Readonly<Record<string, string>> = {}): string[] {
  return parse(text, env).up.statements.map(({ sql }) => sql);
}

/** The refusal of something; fails when it is not refused. */
export function refusal(run: () => unknown): Answer {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof GanderError, String(error));
    assert.equal(error.code, 'invalid_file');
    const { message, next, where } = error;
    return { message, next, where };
  }
  return assert.fail('It was not refused.');
}

import type { Finding } from './advice/finding.ts';
import { manual } from './advice/review.ts';
import { rules } from './advice/rules/index.ts';
import { adviseOn, type Subject } from './advise.ts';
import { GanderError } from './errors.ts';
import type { Migration } from './migration.ts';
import type { LintRequest, LintResult } from './lint-folder.ts';
import { observe } from './observe.ts';
import type { EngineOptions } from './options.ts';
import { withClient } from './postgres.ts';
import type { Contents, Source } from './source.ts';

/** See `lintFolder`. */
export async function lintFiles(source: Source, { files }: LintRequest): Promise<LintResult> {
  const contents = await source.read();
  const isWanted = chooser(contents, files);
  const subjects = contents.migrations.map((migration) => subjectOf(migration, isWanted(migration.file)));
  const last = subjects.findLastIndex(({ isShown }) => isShown);
  const findings = await adviseOn(subjects.slice(0, last + 1), 'file', null);
  return resultOf(contents, isWanted, subjects, findings);
}

/** See `Migrator.lint`. */
export async function lintAgainst(options: EngineOptions, { files }: LintRequest): Promise<LintResult> {
  return withClient(options.pool, async (client) => {
    const contents = await options.source.read();
    const { migrations } = await observe(options, client, 'read');
    const applied = new Set(migrations.filter(({ state }) => state === 'applied').map(({ file }) => file));
    const isNamed = files === undefined ? null : chooser(contents, files);
    const isWanted = (file: string): boolean => isNamed?.(file) ?? !applied.has(file);
    const subjects = contents.migrations
      .filter(({ file }) => isWanted(file) || !applied.has(file))
      .map((migration) => subjectOf(migration, isWanted(migration.file)));
    return resultOf(contents, isWanted, subjects, await adviseOn(subjects, 'plan', client));
  });
}

function subjectOf(migration: Migration, isShown: boolean): Subject {
  return { migration, direction: 'up', from: 0, isShown };
}

/** Whether a file is one of those that are named; without names, any is. */
function chooser({ migrations, invalid }: Contents, files: LintRequest['files']): (file: string) => boolean {
  if (files === undefined) return () => true;
  const known = new Set([...migrations, ...invalid].map(({ file }) => file));
  const strange = files.find((file) => !known.has(file));
  if (strange !== undefined) {
    throw new GanderError('invalid_request', `There is no migration ${strange} in the folder.`, {
      next: 'Name files of the folder of migrations (--dir says which that is).',
    });
  }
  const wanted = new Set(files);
  return (file) => wanted.has(file);
}

function resultOf(
  contents: Contents,
  isWanted: (file: string) => boolean,
  subjects: readonly Subject[],
  findings: readonly Finding[],
): LintResult {
  const invalid = contents.invalid.filter(({ file }) => isWanted(file));
  const problems = [...contents.problems, ...invalid.map(({ problem }) => problem)];
  const all = [
    ...problems.map((problem) => invalidFinding(problem, versionOf(contents, problem))),
    ...findings,
  ];
  const found = new Set(all.map(({ rule }) => rule));
  return {
    files: subjects.filter(({ isShown }) => isShown).length + invalid.length,
    findings: all,
    rules: rules
      .filter(({ name }) => found.has(name))
      .map(({ name, severity, finds, docs }) => ({ name, severity, finds, docs: manual(docs) })),
  };
}

function versionOf({ invalid }: Contents, { file }: GanderError): bigint {
  return invalid.find((one) => one.file === file)?.version ?? 0n;
}

function invalidFinding({ message, next, file, place }: GanderError, version: bigint): Finding {
  return {
    rule: 'invalid-file',
    severity: 'error',
    version,
    file: file ?? '',
    direction: 'up',
    line: place?.line ?? 1,
    column: place?.column ?? 1,
    statement: null,
    message,
    instead: next ?? '',
    sql: null,
    docs: null,
    table: null,
    lock: null,
    allowed: null,
  };
}

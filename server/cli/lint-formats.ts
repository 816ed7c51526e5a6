// What lint has found, for programs: docs/json.md's form, SARIF for code scanners, and the annotations of GitHub's workflows.
import path from 'node:path';
import type { Finding, LintResult } from '../engine/index.ts';

/** What was found, and where. */
export interface Lint extends LintResult {
  /** `shop on db1`; null: no database was asked. */
  readonly database: string | null;
  /** The folder of migrations, as a full path. */
  readonly dir: string;
}

export function lintJson({ database, files, findings, rules }: Lint): object {
  return {
    database,
    files,
    findings: findings.map(findingJson),
    rules: rules.map(({ name, severity, finds, docs }) => ({ name, severity, finds, docs })),
  };
}

export function findingJson(one: Finding): object {
  const { rule, severity, version, file, direction, line, column, statement } = one;
  const { message, instead, sql, docs, table, lock, allowed } = one;
  const place = { version, file, direction, line, column, statement };
  return { rule, severity, ...place, message, instead, sql, docs, table, lock, allowed };
}

/** A file's path from the working folder, as editors and GitHub take it. */
export function pathOf({ dir }: Lint, { file }: Finding): string {
  return path.relative('.', path.join(dir, file)).split(path.sep).join('/') || '.';
}

/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). What is allowed is there as suppressed. */
export function toSarif(lint: Lint): object {
  const { rules, findings } = lint;
  const driver = {
    name: 'Gander',
    rules: rules.map(({ name, severity, finds, docs }) => ({
      id: name,
      shortDescription: { text: finds },
      ...(docs === null ? {} : { helpUri: docs }),
      defaultConfiguration: { level: severity },
    })),
  };
  const results = findings.map((one) => ({
    ruleId: one.rule,
    ruleIndex: rules.findIndex(({ name }) => name === one.rule),
    level: one.severity,
    message: { text: wholeText(one) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(pathOf(lint, one)) },
          region: { startLine: one.line, startColumn: one.column },
        },
      },
    ],
    ...(one.allowed === null ? {} : { suppressions: [{ kind: 'inSource', justification: one.allowed }] }),
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'unicodeCodePoints', results }],
  };
}

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Lines that GitHub shows at the places they are about ("Workflow commands" in its documentation). */
export function toGithub(lint: Lint): string {
  return lint.findings
    .filter(({ allowed }) => allowed === null)
    .map((one) => {
      const { line, column, rule, severity } = one;
      const file = property(pathOf(lint, one));
      return `::${COMMANDS[severity]} file=${file},line=${line},col=${column},title=${property(rule)}::${data(wholeText(one))}`;
    })
    .join('\n');
}

function wholeText({ message, instead, sql }: Finding): string {
  return [message, instead, ...(sql === null ? [] : [sql])].filter((part) => part !== '').join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

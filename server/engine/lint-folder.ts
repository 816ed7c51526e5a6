import type { Finding, Severity } from './advice/finding.ts';
import type { Source } from './source.ts';

/** What to look at. */
export interface LintRequest {
  /** The names of the files to look at. Default: all; with a database, those that are pending. */
  readonly files?: readonly string[] | undefined;
}

/** What was found, and by which rules. */
export interface LintResult {
  /** How many files were looked at. */
  readonly files: number;
  /** In the order of the files and their lines; those that are allowed, too. */
  readonly findings: readonly Finding[];
  /** The rules that found something. */
  readonly rules: readonly RuleInfo[];
}

/** A rule of advice, for who lists them. */
export interface RuleInfo {
  readonly name: string;
  /** How bad it is, where nothing else is known. */
  readonly severity: Severity;
  /** What it finds, in a sentence without its end. */
  readonly finds: string;
  /** The page of PostgreSQL's manual that tells more; null: it is not PostgreSQL's matter. */
  readonly docs: string | null;
}

/**
 * Looks at each file of a folder by itself, without a database: what a file makes is new to it, and of other tables it is not
 * known how large they are.
 *
 * @throws GanderError `invalid_request` for a file that there is not; `source_missing`
 */
export async function lintFolder(source: Source, request: LintRequest = {}): Promise<LintResult> {
  const { lintFiles } = await import('./lint.ts');
  return lintFiles(source, request);
}

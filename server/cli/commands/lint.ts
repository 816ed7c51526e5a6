import path from 'node:path';
import { envForMigrations } from '../../config.ts';
import { describeDatabase } from '../../database-url.ts';
import { type LintResult, SEVERITIES } from '../../engine/index.ts';
import { UsageError } from '../arguments.ts';
import { type Call, type Command, configOf } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { type Lint, lintJson, toGithub, toSarif } from '../lint-formats.ts';
import { lintText } from '../lint-text.ts';
import { reading } from '../run.ts';

export const lint: Command = {
  does: 'say what migrations would do to you: locks, tables written anew, lost data, and what to do instead',
  isGooses: false,
  words: ['[file…]'],
  options: ['offline', 'fail-on', 'sarif', 'github'],
  details: `Without a database it looks at the files named, or at all, each by itself. With one it looks at what is pending, as one
plan, with the sizes of your tables. \`-- +gander ALLOW rule: reason\` in a file says that something is meant so.
Exits with 1 when something at least as bad as --fail-on is found.`,
  example: 'gander lint --dir migrations --offline',
  run: async (call) => {
    const { options, output, words } = call;
    if ([options.json, options.sarif, options.github].filter((one) => one === true).length > 1)
      throw new UsageError('--json, --sarif and --github exclude each other.', 'Say one of them.');
    const { dir, files } = placeOf(words, options.dir);
    const placed = dir === undefined ? call : { ...call, options: { ...options, dir } };
    const config = configOf(placed);
    const tell = (result: LintResult, database: string | null): number => {
      const told: Lint = { ...result, database, dir: config.migrations };
      if (options.sarif === true) output.line(JSON.stringify(toSarif(told)));
      else if (options.github === true) output.line(toGithub(told));
      else output.result(lintJson(told), lintText(told, options.verbose === true, output.paint));
      return isBad(result, options['fail-on'] ?? 'warning') ? EXIT.failed : EXIT.done;
    };
    if (config.databaseUrl === null || options.offline === true) {
      const { folder, lintFolder } = await import('../../engine/index.ts');
      return tell(
        await lintFolder(folder(config.migrations, { env: envForMigrations(config.env) }), { files }),
        null,
      );
    }
    const database = describeDatabase(config.databaseUrl);
    return reading(placed, async ({ migrator }) => tell(await migrator.lint({ files }), database));
  },
};

/** Files may be named with their folder, as a shell completes them; then that is the folder of migrations. */
function placeOf(
  words: Call['words'],
  dir: string | undefined,
): { dir: string | undefined; files: readonly string[] | undefined } {
  if (words.length === 0) return { dir, files: undefined };
  const folders = new Set(words.map((word) => path.dirname(word)));
  if (folders.size > 1)
    throw new UsageError('The files are in several folders.', 'Lint one folder at a time.');
  const [named = '.'] = folders;
  return { dir: dir ?? (named === '.' ? undefined : named), files: words.map((word) => path.basename(word)) };
}

function isBad({ findings }: LintResult, from: (typeof SEVERITIES)[number] | 'never'): boolean {
  if (from === 'never') return false;
  const last = SEVERITIES.indexOf(from);
  return findings.some(({ severity, allowed }) => allowed === null && SEVERITIES.indexOf(severity) <= last);
}

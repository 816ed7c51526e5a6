/** Imported before a program's own code (`node --import`), says at its end how much memory it needed at its worst. */
import { writeFileSync } from 'node:fs';

const file = process.env['GANDER_BENCH_PEAK'];
process.on('exit', () => {
  if (file !== undefined) writeFileSync(file, String(process.resourceUsage().maxRSS * 1024));
});

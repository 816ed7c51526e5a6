import { leftBehind } from '../undone.ts';
import type { Rule } from '../rule.ts';

const MOST = 4;

export const downLeaves: Rule = {
  name: 'down-leaves',
  severity: 'warning',
  finds: 'a Down that leaves behind what Up has made',
  docs: null,
  onFile: ({ script }) => {
    const left = leftBehind(script);
    const [first] = left;
    if (first === undefined) return [];
    const shown = left.slice(0, MOST).map(({ what }) => what);
    const more = left.length > MOST ? [`${left.length - MOST} more`] : [];
    const again = left.every(({ mayBeThere }) => mayBeThere)
      ? 'Rolled back and applied again, the migration takes it as it finds it.'
      : 'Rolled back and applied again, the migration fails.';
    return [
      {
        message: `Down leaves behind what Up has made: ${[...shown, ...more].join(', ')}. ${again}`,
        instead: 'Drop it in Down, what was made last first.',
        line: first.line,
      },
    ];
  },
};

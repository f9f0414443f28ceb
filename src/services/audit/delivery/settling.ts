/** How far a sink certainly has the log, where what it took may be lost for a while after. */
export interface Settling {
  /** Everything before `next` was taken now. */
  took(next: number): void;
  /** The first index that may still be lost. */
  settled(): number;
  /** What was taken lately counts as lost: answers where to begin again. */
  rewind(): number;
}

/** Times closer than this are one. */
const grainMilliseconds = 1_000;

interface Mark {
  readonly firstAt: number;
  at: number;
  next: number;
}

/** @param milliseconds a clock that never goes back */
export function settling(start: number, settlesInSeconds: number, milliseconds: () => number): Settling {
  const marks: Mark[] = [];
  let certain = start;
  const settled = () => {
    const longAgo = milliseconds() - settlesInSeconds * 1000;
    for (let mark = marks[0]; mark && mark.at <= longAgo; mark = marks[0]) {
      certain = mark.next;
      marks.shift();
    }
    return certain;
  };
  return {
    took: (next) => {
      const at = milliseconds();
      const last = marks.at(-1);
      if (last && at - last.firstAt < grainMilliseconds) Object.assign(last, { at, next });
      else marks.push({ firstAt: at, at, next });
    },
    settled,
    rewind: () => {
      settled();
      marks.length = 0;
      return certain;
    },
  };
}

import type { StoreObserver } from '../../store/contract.js';
import type { Measurements } from './measurements.js';

/** Counts what the store tells of its work. */
export function storeMeasured(measurements: Measurements): StoreObserver {
  return {
    queued: (waiting) => measurements.set('writeQueueLength', [], waiting),
    waited: (seconds) => measurements.observe('writeQueueWaitSeconds', [], seconds),
    flushed: (events, seconds) => {
      measurements.observe('auditFlushEvents', [], events);
      measurements.observe('auditFlushSeconds', [], seconds);
    },
  };
}

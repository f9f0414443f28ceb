import Table from 'cli-table3';
import type { Io } from './io.js';
import type { Column, Report, Row } from './verb.js';

/** Writes a report to standard output: for people, or as JSON. */
export function printReport(io: Io, report: Report, asJson: boolean): void {
  io.out(asJson ? `${JSON.stringify(report.json, undefined, 2)}\n` : reportText(report));
}

function reportText(report: Report): string | Uint8Array {
  switch (report.shape) {
    case 'TABLE':
      return `${tableText(report.rows, report.columns)}\n`;
    case 'RECORD':
      return `${recordText(report.row, report.columns)}\n`;
    case 'PLAIN':
      return report.data;
  }
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};
const style = { 'padding-left': 0, 'padding-right': 0, head: [], border: [] };

function tableText(rows: readonly Row[], columns: readonly Column[]): string {
  if (rows.length === 0) return 'none';
  const table = new Table({ head: columns.map(({ title }) => title.toUpperCase()), chars: noLines, style });
  table.push(...rows.map((row) => columns.map(({ value }) => cellText(value(row)))));
  return withoutTrailingSpace(table.toString());
}

function recordText(row: Row, columns: readonly Column[]): string {
  const table = new Table({ chars: noLines, style });
  table.push(...columns.map(({ title, value }) => [title, cellText(value(row))]));
  return withoutTrailingSpace(table.toString());
}

/** A value as a person reads it. Control characters never reach the terminal. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cellText).join(', ');
  if (typeof value === 'object') return plain(JSON.stringify(value));
  const text = String(value);
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? text.replace(/\.\d+Z$/, 'Z') : plain(text);
}

/** Text in one line for a terminal, of whomever it is. */
export function plain(text: string): string {
  return text.replace(/[\n\t]+/g, ' ').replace(/\p{Cc}/gu, '?');
}

function withoutTrailingSpace(text: string): string {
  return text.replace(/[ ]+$/gm, '');
}

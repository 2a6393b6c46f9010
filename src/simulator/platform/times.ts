/** A day of the report: yyyy-mm-dd in UTC. */
export const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);

/** Y-m-d H:i:s in UTC. */
export const dateTime = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');

export const nextDay = (day: string): string => dayOf(Date.parse(day) + 86_400_000);

/** Whether it is a day that the calendar has. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;

export const previousDay = (day: string): string => dayOf(Date.parse(day) - 86_400_000);

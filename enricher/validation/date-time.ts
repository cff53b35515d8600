/**
 * The formats `date`, `date-time` and `duration` (snowplow-protocol 5.4): what Java's strict ISO calendar and an RFC 3339
 * parser take.
 */

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
/** RFC 3339 with seconds; a point may stand without digits behind it, and there are nine at most. */
const dateTimePattern = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{0,9})?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** Java's ZoneOffset goes to 18:00. */
const offsetMinutesMax = 18 * 60;
const durationPattern =
  /^P(?!$)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?W)?(?:\d+(?:\.\d+)?D)?(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?$/;

/** Days that ended with 23:59:60 UTC (IERS Bulletin C; none since 2016). */
const leapSecondDays = new Set(
  (
    '1972-06-30 1972-12-31 1973-12-31 1974-12-31 1975-12-31 1976-12-31 1977-12-31 1978-12-31 1979-12-31 1981-06-30 ' +
    '1982-06-30 1983-06-30 1985-06-30 1987-12-31 1989-12-31 1990-12-31 1992-06-30 1993-06-30 1994-06-30 1995-12-31 ' +
    '1997-06-30 1998-12-31 2005-12-31 2008-12-31 2012-06-30 2015-06-30 2016-12-31'
  ).split(' '),
);

const daysIn = (year: number, month: number): number => {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
};

/** A day of the calendar, `yyyy-MM-dd`. */
export function isDate(text: string): boolean {
  const parts = datePattern.exec(text);
  if (parts === null) return false;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** Not `-00:00` (RFC 3339: offset unknown), and second 60 only where there was one. */
export function isDateTime(text: string): boolean {
  const parts = dateTimePattern.exec(text);
  if (parts === null) return false;
  const [, date = '', hour = '', minute = '', second = '', sign, offsetHour = '0', offsetMinute = '0'] = parts;
  const offset = Number(offsetHour) * 60 + Number(offsetMinute);
  if (Number(offsetMinute) > 59 || offset > offsetMinutesMax || (sign === '-' && offset === 0)) return false;
  if (!isDate(date) || Number(hour) > 23 || Number(minute) > 59) return false;
  return Number(second) < 60 || (second === '60' && isLeapSecond(date, hour, minute, sign === '-' ? -offset : offset));
}

function isLeapSecond(date: string, hour: string, minute: string, offsetMinutes: number): boolean {
  const utc = new Date(Date.parse(`${date}T${hour}:${minute}:00Z`) - offsetMinutes * 60_000).toISOString();
  return utc.slice(11, 16) === '23:59' && leapSecondDays.has(utc.slice(0, 10));
}

/** ISO 8601: `P1Y2M3DT4H5M6S`, parts may be missing but not all. */
export const isDuration = (text: string): boolean => durationPattern.test(text);

/**
 * The formats that the validator knows (snowplow-protocol 5.4). Each is a question about a text and the words for "no".
 * Texts come from strangers, so every question is answered in linear time; the regular expressions that reports quote are
 * networknt's, and where running them could take long, code that accepts the same runs instead.
 */
import { isCanonicalUuid } from '../../protocol/uuid';
import { isDate, isDateTime, isDuration } from './date-time';
import { isEmail } from './email';
import { report, type ValidatorReport } from './report';

export interface Format {
  readonly accepts: (text: string) => boolean;
  readonly report: (text: string, path: string) => ValidatorReport;
}

const octet = '([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])';
const ipv4 = `^(${octet}\\.){3}${octet}$`;

/** As reports quote them. A text must match as a whole, also where the expression is not anchored. */
const patterns = {
  time: String.raw`^\d{2}:\d{2}:\d{2}(?:\.\d+)?$`,
  'ip-address': ipv4,
  ipv4,
  ipv6:
    String.raw`^\s*((([0-9A-Fa-f]{1,4}:){7}([0-9A-Fa-f]{1,4}|:))|(([0-9A-Fa-f]{1,4}:){6}(:[0-9A-Fa-f]{1,4}|((25[0-5` +
    String.raw`]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})|:))|(([0-9A-Fa-f]{1,4}:){5}(((:[` +
    String.raw`0-9A-Fa-f]{1,4}){1,2})|:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})|` +
    String.raw`:))|(([0-9A-Fa-f]{1,4}:){4}(((:[0-9A-Fa-f]{1,4}){1,3})|((:[0-9A-Fa-f]{1,4})?:((25[0-5]|2[0-4]\d|1\d` +
    String.raw`\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(([0-9A-Fa-f]{1,4}:){3}(((:[0-9A-Fa-f]{1,` +
    String.raw`4}){1,4})|((:[0-9A-Fa-f]{1,4}){0,2}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-` +
    String.raw`9]?\d)){3}))|:))|(([0-9A-Fa-f]{1,4}:){2}(((:[0-9A-Fa-f]{1,4}){1,5})|((:[0-9A-Fa-f]{1,4}){0,3}:((25[0` +
    String.raw`-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(([0-9A-Fa-f]{1,4}:){1}((` +
    String.raw`(:[0-9A-Fa-f]{1,4}){1,6})|((:[0-9A-Fa-f]{1,4}){0,4}:((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[` +
    String.raw`0-4]\d|1\d\d|[1-9]?\d)){3}))|:))|(:(((:[0-9A-Fa-f]{1,4}){1,7})|((:[0-9A-Fa-f]{1,4}){0,5}:((25[0-5]|2` +
    String.raw`[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}))|:)))(%.+)?\s*$`,
  uri:
    String.raw`^[A-Za-z][A-Za-z0-9+.-]*:(\/\/([A-Za-z0-9._~\-%!$&'()*+,;=:]*@)?[A-Za-z0-9._~\-!$&'()*+,;=%:\[\]]*(:` +
    String.raw`[0-9]*)?)?[A-Za-z0-9._~\-%!$&'()*+,;=:@\/]*([?][A-Za-z0-9._~\-%!$&'()*+,;=:@\/?]*)?([#][A-Za-z0-9._~` +
    String.raw`\-%!$&'()*+,;=:@\/?]*)?`,
  color:
    String.raw`(#?([0-9A-Fa-f]{3,6})\b)|(aqua)|(black)|(blue)|(fuchsia)|(gray)|(green)|(lime)|(maroon)|(navy)|(oliv` +
    String.raw`e)|(orange)|(purple)|(red)|(silver)|(teal)|(white)|(yellow)|(rgb\(\s*\b([0-9]|[1-9][0-9]|1[0-9][0-9]` +
    String.raw`|2[0-4][0-9]|25[0-5])\b\s*,\s*\b([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\b\s*,\s*\b([0-9]|` +
    String.raw`[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])\b\s*\))|(rgb\(\s*(\d?\d%|100%)+\s*,\s*(\d?\d%|100%)+\s*,` +
    String.raw`\s*(\d?\d%|100%)+\s*\))`,
  hostname:
    String.raw`^([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]{0,61}[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]{0,6` +
    String.raw`1}[a-zA-Z0-9]))*$`,
  alpha: '^[a-zA-Z]+$',
  alphanumeric: '^[a-zA-Z0-9]+$',
  phone: String.raw`^\+(?:[0-9] ?){6,14}[0-9]$`,
  'utc-millisec': String.raw`^[0-9]+(\.?[0-9]+)?$`,
  style: String.raw`\s*(.+?):\s*([^;]+);?`,
};
type PatternName = keyof typeof patterns;

const whole = (source: string): RegExp => new RegExp(`^(?:${source})$`);
const ipv6LengthMax = 45;
const ipv6Pattern = whole(patterns.ipv6);
/** The same texts as the quoted expression, whose second star would start at every digit. */
const utcMillisecPattern = /^[0-9]+(?:\.[0-9]+)?$/;

/** Where the quoted expression alone would not do: it backtracks, or the original looks twice. */
const byCode: Partial<Record<PatternName, (text: string) => boolean>> = {
  ipv6: (text) => text.length <= ipv6LengthMax && !/[\s%]/.test(text) && ipv6Pattern.test(text),
  uri: isUri,
  'utc-millisec': (text) => utcMillisecPattern.test(text),
  style: isStyle,
};

const byPattern = (name: PatternName): Format => {
  const regex = whole(patterns[name]);
  return {
    accepts: byCode[name] ?? ((text) => regex.test(text)),
    report: (_text, path) =>
      report('format', path, `does not match the ${name} pattern ${patterns[name]}`, [name, patterns[name]]),
  };
};

/** The words of the original for formats that it checks by code; yes, `pattern email`. */
const byName = (name: string, accepts: Format['accepts']): Format => ({
  accepts,
  report: (text, path) => report('format', path, `does not match the ${text} pattern ${name}`, [text, name]),
});

const invalid = (keyword: string, name: string, accepts: Format['accepts']): Format => ({
  accepts,
  report: (text, path) => report(keyword, path, `${text} is an invalid ${name}`, [text, name]),
});

/** By name. A format that is not here is ignored. */
export const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ...(Object.keys(patterns) as PatternName[]).map((name): [string, Format] => [name, byPattern(name)]),
  ['email', byName('email', isEmail)],
  ['duration', byName('duration', isDuration)],
  ['date', invalid('dateTime', 'date', isDate)],
  ['date-time', invalid('dateTime', 'date-time', isDateTime)],
  ['uuid', invalid('uuid', 'uuid', isCanonicalUuid)],
]);

const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const userInfoPattern = /^[A-Za-z0-9._~\-%!$&'()*+,;=:]*$/;
const hostPattern = /^[A-Za-z0-9._~\-!$&'()*+,;=%:[\]]*$/;
const pathPattern = /^[A-Za-z0-9._~\-%!$&'()*+,;=:@/]*$/;
const queryPattern = /^[A-Za-z0-9._~\-%!$&'()*+,;=:@/?]*$/;

/**
 * The expression of `uri`, part by part. Its classes overlap, so that a long text that does not match would be tried in
 * every division into user, host and path; only brackets decide anything: they stand in the host alone.
 */
function isUri(text: string): boolean {
  const scheme = schemePattern.exec(text)?.[0];
  if (scheme === undefined) return false;
  const [beforeFragment = '', fragment] = cut(text.slice(scheme.length), '#');
  const [hierarchy = '', query] = cut(beforeFragment, '?');
  if (!queryPattern.test(query ?? '') || !queryPattern.test(fragment ?? '')) return false;
  const bracket = Math.max(hierarchy.lastIndexOf('['), hierarchy.lastIndexOf(']'));
  if (bracket < 0) return pathPattern.test(hierarchy);
  if (!hierarchy.startsWith('//')) return false;
  const authority = hierarchy.slice(2, bracket + 1);
  const at = authority.indexOf('@');
  return (
    userInfoPattern.test(authority.slice(0, Math.max(at, 0))) &&
    hostPattern.test(authority.slice(at + 1)) &&
    pathPattern.test(hierarchy.slice(bracket + 1))
  );
}

function cut(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** `name: value` with a semicolon at most at the end. */
function isStyle(text: string): boolean {
  const style = text.trimStart().replace(/;$/, '');
  const colon = style.lastIndexOf(':', style.length - 2);
  return colon > 0 && !/[\n\r\u2028\u2029]/.test(style.slice(0, colon)) && !style.includes(';', colon);
}

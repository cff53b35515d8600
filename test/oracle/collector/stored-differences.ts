/** Where what we store differs on purpose. Each is named after the line of snowplow-protocol that wants it. */
import { caseRequest, type OracleCase } from './cases';
import { payloads, lines, sent, lineName, type Difference } from './difference';

/** As HTTP reads a header: its name without case, blanks where they mean nothing. */
const loosely = (line: string): string =>
  line
    .toLowerCase()
    .replace(/[\s;,]+/g, ' ')
    .replaceAll('%7e', '~')
    .trim();

/** Every group of an IPv6 address, without zeros at its head: as 2.x prints it. */
function ipv6InFull(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const zeros = Array<string>(8 - groups(head).length - groups(tail ?? '').length).fill('0');
  return [...groups(head), ...(tail === undefined ? [] : zeros), ...groups(tail ?? '')]
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** Lines of an anonymous request that tell whose it is, and that 2.x stores. */
const TELLING =
  /^(forwarded|x-forwarded-for|x-real-ip|true-client-ip|cf-connecting-ip|x-client-ip|x-cluster-client-ip|fastly-client-ip|remote-address|cookie)$/;

export const storedDifferences: readonly Difference[] = [
  {
    name: '1.5: querystring is always set; 2.x leaves it out when there is none',
    change: payloads(({ querystring }) => ({ querystring: querystring ?? '' })),
  },
  {
    name: '1.5: no Timeout-Access at the head of the headers, an artefact of their server',
    change: lines((theirs) => theirs.filter((line) => line !== 'Timeout-Access: <function1>')),
  },
  {
    name: '1.5: all headers are stored; 2.x leaves out Content-Type, Content-Length and Transfer-Encoding',
    change: lines((theirs, ours, one) => {
      const inRequest = caseRequest(one).headers.map(([name, value]) => `${name}: ${value}`);
      const isOfBody = (line: string): boolean =>
        ['content-type', 'content-length', 'transfer-encoding'].includes(lineName(line));
      const rest = theirs.filter((line) => !isOfBody(line));
      const inPlace = ours
        .map((line) => (isOfBody(line) && inRequest.includes(line) ? line : rest.shift()))
        .filter((line) => line !== undefined);
      return [...inPlace, ...rest];
    }),
  },
  {
    name: '1.5: contentType is the header, lower case; 2.x loses charsets, and has application/octet-stream or none/none without one',
    change: payloads(({ headers = [], contentType }, ours) => {
      const rest = headers.filter((line) => line.includes(': ') && line !== contentType);
      const type = ours.contentType;
      return { contentType: type, headers: type === undefined ? rest : [...rest, type] };
    }),
  },
  {
    name: '1.5: headers as they came; 2.x prints known ones anew',
    change: lines((theirs, ours) =>
      theirs.map((line, i) => {
        const mine = ours[i];
        return mine !== undefined && loosely(mine) === loosely(line) ? mine : line;
      }),
    ),
  },
  {
    name: '1.5: bytes over 0x7f of a header are ISO-8859-1; 2.x extends their sign, a fault of its server',
    change: payloads(({ headers = [], userAgent }) => {
      const repaired = (text: string): string =>
        text.replace(/[\uff80-\uffff]/g, (char) => String.fromCharCode(char.charCodeAt(0) & 0xff));
      const named = headers.map((line) =>
        repaired(line) === line ? line : repaired(line).replace(/^user-agent:/, 'User-Agent:'),
      );
      return { headers: named, userAgent: userAgent === undefined ? undefined : repaired(userAgent) };
    }),
  },
  {
    name: '1.5: a body is UTF-8 whatever is declared; 2.x decodes text by its charset',
    change: payloads((_, { body }, one) =>
      /^text\/.*charset=(?!utf-8)/i.test(sent(one, 'content-type') ?? '') && one.records.length === 1
        ? { body: body === undefined ? undefined : caseBody(one) }
        : {},
    ),
  },
  {
    name: '1.5: part of a Cookie line that is outside RFC 6265 is not stored; 2.x keeps the raw line',
    change: lines((theirs) => theirs.filter((line) => !/^cookie: (sp=é|x=1, sp=[-0-9a-f]+)$/.test(line))),
  },
  {
    name: '1.5: IPv6 as it was sent; 2.x prints it in full',
    change: payloads(({ ipAddress, headers = [] }, ours) => ({
      ipAddress: ours.ipAddress.includes(':') && ipv6InFull(ours.ipAddress) === ipAddress ? ours.ipAddress : ipAddress,
      headers: headers.map((line) =>
        line === `X-Forwarded-For: ${ipv6InFull(ours.ipAddress)}` ? `X-Forwarded-For: ${ours.ipAddress}` : line,
      ),
    })),
  },
  {
    name: '1.5: brackets and port are taken off an address, and what is none is passed over; 2.x gives the whole line up',
    change: payloads(({ ipAddress }, _, one) => {
      const first: Record<string, string> = {
        'ip-xff-ipv6-bracket': '2001:db8::1',
        'ip-xff-ipv6-bracket-port': '2001:db8::1',
        'ip-xff-unknown-first': '203.0.113.7',
      };
      return { ipAddress: first[one.id] ?? ipAddress };
    }),
  },
  {
    name: '1.5: an anonymous request leaves no line that tells an address or a cookie; 2.x leaves some',
    change: lines((theirs, _, one) =>
      sent(one, 'sp-anonymous') === undefined ? theirs : theirs.filter((line) => !TELLING.test(lineName(line))),
    ),
  },
];

const caseBody = (one: OracleCase): string => Buffer.from(caseRequest(one).body).toString('utf8');

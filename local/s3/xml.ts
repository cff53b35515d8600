/**
 * The little XML that S3 speaks: a printer of answers and a reader of requests. The reader takes elements, text and
 * the predefined entities; it knows no DTD, so nothing can be expanded or fetched, and refuses what it does not know.
 */

/** An element to print: its name and its text or children. A child that is undefined is left out. */
export type XmlNode = readonly [name: string, content: string | number | boolean | readonly (XmlNode | undefined)[]];

/** An element that was read. Text is what stands directly in it; attributes are skipped. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const depthMax = 16;
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** The document with S3's namespace on its root (errors have none). Control characters become numeric references. */
export function printXml(root: XmlNode, options: { namespace: boolean } = { namespace: true }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${print(root, options.namespace ? ` xmlns="${namespace}"` : '')}`;
}

function print([name, content]: XmlNode, attributes = ''): string {
  const inner = Array.isArray(content)
    ? (content as readonly (XmlNode | undefined)[]).map((child) => (child ? print(child) : '')).join('')
    : escapeText(String(content as string | number | boolean));
  return `<${name}${attributes}>${inner}</${name}>`;
}

// All that XML 1.0 cannot hold, or that a reader would change (a carriage return becomes a line feed).
const special = /[<>&"\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g;
const named: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

const escapeText = (text: string): string => text.replace(special, (char) => named[char] ?? `&#${char.charCodeAt(0)};`);

/** The root element, or null when the text is not well formed or nests deeper than 16. */
export function parseXml(text: string): XmlElement | null {
  const token = /<\?[^<>]*\?>|<!--[^]*?-->|<(\/?)([A-Za-z_][\w.:-]*)(?:\s[^<>]*?)?(\/?)>|([^<]+)/y;
  const top = { name: '', text: '', children: [] as XmlElement[] };
  const open = [top];
  while (token.lastIndex < text.length) {
    const found = token.exec(text);
    const here = open.at(-1);
    if (!found || !here) return null;
    const [, closes, name, isEmpty, characters] = found;
    if (characters !== undefined) {
      const plain = unescapeText(characters);
      if (plain === null || (here === top && plain.trim() !== '')) return null;
      here.text += plain;
    } else if (name !== undefined && closes) {
      if (here === top || here.name !== name) return null;
      open.pop();
    } else if (name !== undefined) {
      const element = { name, text: '', children: [] };
      here.children.push(element);
      if (!isEmpty) open.push(element);
      if (open.length > depthMax) return null;
    }
  }
  return open.length === 1 && top.children.length === 1 ? (top.children[0] ?? null) : null;
}

function unescapeText(text: string): string | null {
  let isGood = true;
  const plain = text.replace(/&([^;&]{0,10})(;?)/g, (_whole, name: string, end: string) => {
    const code = /^#x([\da-f]+)$/i.exec(name)?.[1] ?? '';
    const point = code ? parseInt(code, 16) : /^#\d+$/.test(name) ? Number(name.slice(1)) : null;
    const char = point === null ? entities[name] : point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
    if (char === undefined || end !== ';') isGood = false;
    return char ?? '';
  });
  return isGood ? plain : null;
}

/** The text of the first child with this name. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text;

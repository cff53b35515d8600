/** How the parameters and answers of Kinesis and DynamoDB are written: AWS JSON, or for Kinesis CBOR (kinesis/cbor-codec.ts). */
/** One content type. Blobs are base64 text and times are seconds in the decoded form, as in AWS JSON. */
export interface Codec {
  /** Throws on what is not well-formed. */
  decode(body: Buffer): unknown;
  encode(value: unknown): Buffer | string;
}

export const jsonCodec: Codec = {
  decode: (body) => JSON.parse(body.toString('utf8')) as unknown,
  encode: (value) => JSON.stringify(value),
};

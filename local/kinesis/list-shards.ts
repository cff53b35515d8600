/**
 * ListShards over one stream: filter, start, pages (API reference of ListShards). Pure but for the stream's look-up,
 * which the front does between `listShardsRequest` and `listShards`.
 */
import { clientError } from '../service-error';
import type { Params } from '../aws-handler';
import type { ParamTypes, StoredShard, StoredStream } from './kinesalite-store';
import { filterShards, shardFilterTypes, type ShardFilter } from './shard-filter';
import { retainedShards, trimHorizonMs } from './shard-life';

/** What kinesalite's own description lacks. */
export const listShardsTypes: ParamTypes = {
  ShardFilter: {
    type: 'Structure',
    children: {
      Type: { type: 'String', notNull: true, enum: [...shardFilterTypes] },
      ShardId: { type: 'String', regex: '[a-zA-Z0-9_.-]+', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 128 },
      Timestamp: { type: 'Timestamp' },
    },
  },
};

/** A page without MaxResults holds so many shards; a token is good for five minutes. */
const PAGE_DEFAULT = 1000;
export const TOKEN_LIFE_MS = 300_000;

/** What a first request asks, and a token carries on. */
export interface ListShardsRequest {
  readonly streamName: string;
  readonly filter?: ShardFilter;
  /** Only shards with higher ids. */
  readonly after?: string;
  readonly pageSize: number;
}

/** Throws InvalidArgumentException or ExpiredNextTokenException. */
export function listShardsRequest(params: Params, nowMs: number): ListShardsRequest {
  const { StreamName, NextToken, MaxResults, ExclusiveStartShardId, ShardFilter } = params as {
    StreamName?: string; NextToken?: string; MaxResults?: number; ExclusiveStartShardId?: string; ShardFilter?: ShardFilter;
  }; // prettier-ignore
  const pageSize = MaxResults ?? PAGE_DEFAULT;
  if (NextToken === undefined) {
    if (StreamName === undefined)
      throw clientError('InvalidArgumentException', 'Either NextToken or StreamName should be provided.');
    return { streamName: StreamName, filter: ShardFilter, after: ExclusiveStartShardId, pageSize };
  }
  if (StreamName !== undefined)
    throw clientError('InvalidArgumentException', 'NextToken and StreamName cannot be provided together.');
  if (ExclusiveStartShardId !== undefined || ShardFilter !== undefined)
    throw clientError('InvalidArgumentException', 'NextToken carries the filter and the start already.');
  return { ...readToken(NextToken, nowMs), pageSize };
}

/** One page. Throws InvalidArgumentException for a filter that lacks what its type needs. */
export function listShards(
  stream: StoredStream,
  request: ListShardsRequest,
  nowMs: number,
): { readonly Shards: readonly StoredShard[]; readonly NextToken?: string } {
  const retained = retainedShards(stream, nowMs);
  const { filter, after = '', pageSize } = request;
  const filtered = filter ? filterShards(retained, filter, trimHorizonMs(stream, nowMs)) : retained;
  const left = filtered.filter((shard) => shard.ShardId > after);
  const Shards = left.slice(0, pageSize);
  const last = Shards.at(-1);
  return left.length === Shards.length || !last
    ? { Shards }
    : { Shards, NextToken: writeToken({ ...request, after: last.ShardId }, nowMs) };
}

type Carried = Omit<ListShardsRequest, 'pageSize'>;

const writeToken = ({ streamName, filter, after }: Carried, nowMs: number): string =>
  Buffer.from(JSON.stringify({ streamName, filter, after, nowMs })).toString('base64');

function readToken(token: string, nowMs: number): Carried {
  let carried: Partial<Carried & { nowMs: number }>;
  try {
    carried = JSON.parse(Buffer.from(token, 'base64').toString()) as typeof carried;
  } catch {
    carried = {};
  }
  const { streamName, filter, after, nowMs: createdMs } = carried ?? {};
  if (typeof streamName !== 'string' || typeof after !== 'string' || typeof createdMs !== 'number')
    throw clientError('InvalidArgumentException', 'NextToken is invalid.');
  if (nowMs - createdMs > TOKEN_LIFE_MS)
    throw clientError('ExpiredNextTokenException', 'NextToken has expired: it is good for 300 seconds.');
  return { streamName, filter, after };
}

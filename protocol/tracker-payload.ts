/**
 * The tracker protocol: the parameters that trackers send, one map of texts an event (snowplow-protocol 3.3, 3.5), and the
 * columns that they fill. Data only: enricher/ reads the texts.
 */
import type { ColumnName } from './enriched-columns';

/** How a parameter's text becomes a column's; the rules and the messages of each are in snowplow-protocol 3.5. */
export type ParameterKind =
  'text' | 'integer' | 'decimal' | 'boolean' | 'timestamp' | 'uuid' | 'event-type' | 'platform' | 'address';

export interface ParameterColumn {
  readonly parameter: string;
  readonly column: ColumnName;
  readonly kind: ParameterKind;
}

const of = (kind: ParameterKind, columns: Readonly<Record<string, ColumnName>>): readonly ParameterColumn[] =>
  Object.entries(columns).map(([parameter, column]) => ({ parameter, column, kind }));

/** Where two parameters fill one column the later wins: `se_*` over the old `ev_*`, `tnuid` over `nuid`, `ti_nm` over `ti_na`. */
export const parameterColumns: readonly ParameterColumn[] = [
  ...of('event-type', { e: 'event' }),
  ...of('platform', { p: 'platform' }),
  ...of('address', { ip: 'user_ipaddress' }),
  ...of('uuid', { eid: 'event_id', sid: 'domain_sessionid' }),
  ...of('timestamp', { dtm: 'dvce_created_tstamp', stm: 'dvce_sent_tstamp', ttm: 'true_tstamp' }),
  ...of('text', { aid: 'app_id', tna: 'name_tracker', tv: 'v_tracker', cv: 'v_collector' }),
  ...of('text', { uid: 'user_id', duid: 'domain_userid', nuid: 'network_userid', tnuid: 'network_userid' }),
  ...of('text', { fp: 'user_fingerprint', ua: 'useragent' }),
  ...of('integer', { tid: 'txn_id', vid: 'domain_sessionidx' }),
  ...of('text', { url: 'page_url', page: 'page_title', refr: 'page_referrer' }),
  ...of('text', { lang: 'br_lang', cd: 'br_colordepth', tz: 'os_timezone', cs: 'doc_charset' }),
  ...of('boolean', { cookie: 'br_cookies', f_pdf: 'br_features_pdf', f_fla: 'br_features_flash' }),
  ...of('boolean', { f_java: 'br_features_java', f_dir: 'br_features_director', f_qt: 'br_features_quicktime' }),
  ...of('boolean', { f_realp: 'br_features_realplayer', f_wma: 'br_features_windowsmedia' }),
  ...of('boolean', { f_gears: 'br_features_gears', f_ag: 'br_features_silverlight' }),
  ...of('text', { ev_ca: 'se_category', ev_ac: 'se_action', ev_la: 'se_label', ev_pr: 'se_property' }),
  ...of('decimal', { ev_va: 'se_value' }),
  ...of('text', { se_ca: 'se_category', se_ac: 'se_action', se_la: 'se_label', se_pr: 'se_property' }),
  ...of('decimal', { se_va: 'se_value' }),
  ...of('text', { tr_id: 'tr_orderid', tr_af: 'tr_affiliation', tr_cu: 'tr_currency' }),
  ...of('text', { tr_ci: 'tr_city', tr_st: 'tr_state', tr_co: 'tr_country' }),
  ...of('decimal', { tr_tt: 'tr_total', tr_tx: 'tr_tax', tr_sh: 'tr_shipping' }),
  ...of('text', { ti_id: 'ti_orderid', ti_sk: 'ti_sku', ti_na: 'ti_name', ti_nm: 'ti_name' }),
  ...of('text', { ti_ca: 'ti_category', ti_cu: 'ti_currency' }),
  ...of('decimal', { ti_pr: 'ti_price' }),
  ...of('integer', { ti_qu: 'ti_quantity', pp_mix: 'pp_xoffset_min', pp_max: 'pp_xoffset_max' }),
  ...of('integer', { pp_miy: 'pp_yoffset_min', pp_may: 'pp_yoffset_max' }),
];

/** `res=1920x1080`: a width and a height from one parameter. */
export const dimensionParameters: readonly {
  readonly parameter: string;
  readonly width: ColumnName;
  readonly height: ColumnName;
}[] = [
  { parameter: 'res', width: 'dvce_screenwidth', height: 'dvce_screenheight' },
  { parameter: 'vp', width: 'br_viewwidth', height: 'br_viewheight' },
  { parameter: 'ds', width: 'doc_width', height: 'doc_height' },
];

/** Envelopes of entities and of the self-describing event, as JSON or as base64 of it; base64 wins. */
export const envelopeParameters = {
  contexts: { json: 'co', base64: 'cx' },
  unstruct_event: { json: 'ue_pr', base64: 'ue_px' },
} as const satisfies Partial<Record<ColumnName, { json: string; base64: string }>>;

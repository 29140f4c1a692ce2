// The API's types, generated from the server's structs:
// go test ./web -run TestDescriptionIsGenerated -update

/** lists the photos that a request has added. */
export interface Added {
  photos: Array<Photo>;
}

export interface Agency {
  /** default is whether its rules count where a batch does not choose. */
  default: boolean;
  label: string;
  /** In characters and keywords; 0 is no limit. */
  limits: AgencyLimits;
  name: string;
  /**
   * price_per_thousand_usd is what a thousand typical photos cost if only its rules count,
   * estimated; absent if it is not known. Several agencies together cost about the most of them.
   */
  price_per_thousand_usd?: number;
}

/** Agency.Limits; zero is no limit. */
export interface AgencyLimits {
  /** description_max is zero as well where the agency takes no description. */
  description_max: number;
  description_warn_above: number;
  keywords_max: number;
  keywords_min: number;
  keywords_warn_above: number;
  keywords_warn_below: number;
  leading_keywords: number;
  title_max: number;
  title_warn_above: number;
}

/**
 * A batch of photos. error is there if the server stopped it because every photo would fail alike.
 */
export interface Batch {
  /** Whose rules count. */
  agencies: Array<string>;
  /** A photo's own time, on average; null while unknown. */
  average_seconds: number | null;
  /** What its owner asks of the words, beyond what the agencies ask. */
  brief?: Brief;
  /** Paid calls. */
  calls: number;
  /** Since when no photo can be added. */
  closed_at?: string;
  /** What its owner says of the shoot, for the describer. */
  context?: string;
  /**
   * The cost at each service tier, in the provider's words; "mixed" are photos that took several.
   * Absent if the provider names no tier or the price is not known.
   */
  cost_by_tier_usd?: Record<string, number>;
  /** An estimate. */
  cost_usd: number;
  /** When it was made. */
  created_at: string;
  describer: Describer;
  /**
   * What its downloads are called, before the name of the format: as the batch, or else after its
   * first photo.
   */
  download_name?: string;
  /**
   * duplicates are photos of the same name, which agencies that match by name cannot tell apart.
   */
  duplicates?: Array<Duplicate>;
  /** Since it was made, until its end. */
  elapsed_seconds: number;
  /** When the last photo was done, or the batch was cancelled. */
  ended_at?: string;
  error?: Error;
  /** Null while unknown. */
  estimated_seconds_remaining: number | null;
  /** When the whole batch will be deleted. Every look at the batch and every edit moves it. */
  expires_at?: string;
  /** Random; it gives access to nothing by itself. */
  id: string;
  /** What holds back calls: at the server that answers, or at its workers. */
  limiter: Limiter;
  /** What its owner calls it. */
  name?: string;
  /** next is the address of the next page of photos; absent on the last one. */
  next?: string;
  /** How much longer the provider's rate limit holds everything back; 0 if it does not. */
  paused_seconds: number;
  /**
   * What one more photo is expected to take: the mean of those described, or an estimate while they
   * are fewer than five. Absent if nothing is known.
   */
  per_photo?: PerPhoto;
  /**
   * In the order of the batch: by position, then as they arrived. Not in lists and most events.
   */
  photos?: Array<Photo>;
  progress: Progress;
  /** removed are the ids of photos that were removed since the revision that was asked for. */
  removed?: Array<string>;
  /** Grows with every change. */
  revision: number;
  /**
   * open: photos can be added. processing: no more photos, not all are done. completed: all are
   * done. cancelled: stopped; what was not done is pending.
   */
  state: "open" | "processing" | "completed" | "cancelled";
  /** Opens the batch as a bearer. Only in the answer that made it. */
  token?: string;
  /** What the calls took, by kind; absent before the first. */
  usage?: Usage;
}

/** What a client says of a batch; nil leaves a text as it is. */
export interface BatchTexts {
  /** What is asked of the words. It takes the place of the whole brief. */
  brief?: Brief;
  /** What the describer should know of the shoot, at most 4,000 characters. */
  context?: string;
  /** What the owner calls the batch, at most 200 characters. */
  name?: string;
}

/** lists a session's batches. */
export interface Batches {
  batches: Array<Batch>;
}

/**
 * What a batch's owner asks of its photos' words, beyond what the agencies ask. The command has the
 * same as flags; see tagroll help words.
 */
export interface Brief {
  /** For news and reports: names are allowed, and descriptions begin with place and date. */
  editorial?: boolean;
  /** What becomes of words that the file has. Default: use. */
  existing?: Existing;
  keywords?: KeywordBrief;
  /** What the words are written in: a code such as de, or an English name. Default: English. */
  language?: string;
  /** The fields that are written: title, description, keywords, category. Default: all. */
  only?: Array<"title" | "description" | "keywords" | "category">;
  title?: TitleBrief;
}

/** A photo because of which a bulk edit was refused. */
export interface Conflict {
  code: string;
  detail: string;
  id: string;
  /** The photo as it is now; absent if there is none. */
  photo?: Photo;
}

/** names the photos to describe again. */
export interface DescribeAgain {
  /** Whether texts that a person wrote are replaced as well. Default: they are kept. */
  overwrite?: boolean;
  /** IDs, at least one. */
  photos: Array<string>;
}

/** The answer to "describe again". */
export interface DescribedAgain {
  batch: Batch;
  /** before are the photos as they were, so that the step can be undone. */
  before: Array<Photo>;
  retried: number;
}

export interface Describer {
  /** For people. */
  label?: string;
  model?: string;
  /** openai, or offline, which asks no model. */
  name: string;
  /** Whether images leave the server. */
  remote: boolean;
}

/** What agencies ask of a photo beside its words; it goes into their columns. */
export interface Details {
  /** Who has the rights. */
  copyright?: string;
  /** For news and reports only. */
  editorial?: boolean;
  /** Not for everybody's eyes. */
  mature?: boolean;
  /** Names of model releases. */
  model_releases?: Array<string>;
  /** Where it was taken; it counts before the file's. */
  place?: Place;
  /** Names of property releases. */
  property_releases?: Array<string>;
}

/** names photos that have the same file name. */
export interface Duplicate {
  filename: string;
  /** ids, in the order of the batch */
  photos: Array<string>;
}

/** What a client wants to change of a photo's metadata. */
export interface Edit {
  /** One of the service's categories; empty for none. */
  category?: string;
  /** For agencies that want one. */
  description?: string;
  /** details take the place of all that were there. */
  details?: Details;
  keywords?: Array<string>;
  title?: string;
}

/** The answer to a bulk edit that was made. */
export interface Edited {
  photos: Array<Photo>;
  /** Of the batch after the edit. */
  revision: number;
  skipped: Array<Skipped>;
}

export interface Error {
  /** Stable. */
  code: string;
  /** For people: what happened and what to do. */
  message: string;
}

/**
 * What becomes of the words that the file has, for each field: use (told to the model), keep, merge
 * (kept, keywords added), replace, or skip photos that have all of them.
 */
export interface Existing {
  description?: "use" | "keep" | "merge" | "replace" | "skip";
  keywords?: "use" | "keep" | "merge" | "replace" | "skip";
  title?: "use" | "keep" | "merge" | "replace" | "skip";
}

/** One thing that a rule has against a photo's metadata. */
export interface Finding {
  /** for example "adobe-stock" */
  agency: string;
  /** "filename", "title", "description", "keywords", "category" or "release" */
  field: "filename" | "title" | "description" | "keywords" | "category" | "release";
  /** message says what is wrong and what to do, in one sentence without a full stop. */
  message: string;
  /** rule is the stable name of the rule, for example "title-too-long". */
  rule: string;
  severity: "error" | "warning";
}

export interface Format {
  /** Without its dot. */
  extension: string;
  label: string;
  name: string;
}

/** says that the process answers. */
export interface Health {
  status: string;
}

/** says what the describer sees of a photo. */
export interface Image {
  /** of the JPEG, 1 to 100 */
  quality: number;
  /** longest side in pixels, at most */
  side: number;
}

/** What is asked of the keywords. */
export interface KeywordBrief {
  /** ban are words that stand nowhere. */
  ban?: Array<string>;
  max?: number;
  /** min and Max are how many. Default: what the agencies recommend. */
  min?: number;
  /**
   * require are keywords that each photo gets, first in the list, or last if RequireLast is set.
   */
  require?: Array<string>;
  require_last?: boolean;
  /** single_words is whether phrases are taken apart. */
  single_words?: boolean;
  /**
   * vocabulary are the only keywords that are allowed. "Animals > Birds > Kestrel" stands for the
   * last of its parts, and brings the others with it. Default: all are allowed.
   */
  vocabulary?: Array<string>;
}

/**
 * What the provider's limits allow now: tagroll.LimiterState without what the whole server spends.
 */
export interface Limiter {
  /** How many calls the provider allows; absent while unknown. */
  calls_per_minute?: number;
  /** Calls under way. */
  in_flight: number;
  /**
   * What they wait for. retry_after: the provider has asked for it. pace: it refuses calls without
   * naming a limit. The others: the limit that is used up.
   */
  paused_by?: "retry_after" | "pace" | "budget" | "requests" | "tokens" | "input_tokens" | "output_tokens";
  /** Until when no call is made; absent unless calls wait for longer than usual. */
  paused_until?: string;
  /** Calls that the provider has refused so far. */
  refused: number;
  /** Calls that wait to be made. */
  waiting: number;
  /** How many calls may be under way; absent without a bound. */
  window?: number;
}

/** Limits; zero is no limit. */
export interface Limits {
  bytes_per_batch: number;
  bytes_per_photo: number;
  /** keywords_per_photo is how many keywords an edit may give a photo. */
  keywords_per_photo: number;
  open_batches: number;
  photos_per_batch: number;
  /** photos_per_day is for all visitors together. */
  photos_per_day: number;
  photos_per_hour: number;
  pixels_per_photo: number;
  /** RequestsPerMinute, UploadsPerClient and StreamsPerClient are for each client's address. */
  requests_per_minute: number;
  streams_per_client: number;
  uploads_per_client: number;
}

/** What a stock agency wants to know of a photo. */
export interface Metadata {
  /** category is one of Categories; empty if unknown. */
  category: string;
  /** description is a sentence or two, for agencies that want one; empty if none was asked for. */
  description?: string;
  /** keywords are ordered, the most relevant first. */
  keywords: Array<string>;
  /**
   * recognizable is what of the picture may need a release: "people", "property". It is asked for
   * only if an agency has a column for releases, and it is the model's word, not a lawyer's.
   */
  recognizable?: Array<string>;
  title: string;
}

/** What a client wants an open batch to be. */
export interface NewBatch {
  /** Whose rules count. Default: the service's. */
  agencies?: Array<string>;
  /** What is asked of the words beyond what the agencies ask. Default: nothing. */
  brief?: Brief;
  /** What the describer should know of the shoot, at most 4,000 characters. */
  context?: string;
  /** What its owner calls the batch, at most 200 characters. */
  name?: string;
}

/**
 * Known beside the words where it comes from: user, file, position (the names of the file's GPS
 * position) or model. What is not known is absent.
 */
export interface Origins {
  date?: string;
  editorial?: string;
  /** What of people and property may need a release. */
  people?: string;
  place?: string;
  property?: string;
}

/** What one photo takes, on average. */
export interface PerPhoto {
  calls: number;
  /** An estimate. */
  cost_usd: number;
  /** Input and output. */
  tokens: number;
}

/** A photo: with metadata when there are any, with error if it failed or needs review. */
export interface Photo {
  /** When it arrived. */
  added_at: string;
  /** again_error is why describing the photo again has failed; its earlier texts stay. */
  again_error?: Error;
  /** Paid calls for this photo. */
  attempts: number;
  /** Of the file as it was sent. */
  bytes: number;
  /** caption is what the photo's own file says of it. */
  caption?: string;
  /**
   * dateline is what the description of an editorial photo begins with in the photo's own file.
   */
  dateline?: string;
  /** details are what a person said beside the words: releases, editorial. */
  details?: Details;
  /** draft says that no model has looked at the photo and no person has edited its texts. */
  draft?: boolean;
  /** When a person last changed the metadata. */
  edited_at?: string;
  /** edited_fields are the fields that a person wrote: title, keywords, category. */
  edited_fields?: Array<string>;
  error?: Error;
  /** For If-Match. */
  etag: string;
  /**
   * file_place are the names that the file or its position has where a person said another place;
   * they count again if that is taken back.
   */
  file_place?: Place;
  /** Without folders. */
  filename: string;
  /** What the agencies' rules have against the metadata. */
  findings?: Array<Finding>;
  /**
   * group is the id of the first photo of the batch that looks like this one, which may be this
   * photo itself. Photos with the same group look alike: agencies take few of a kind.
   */
  group?: string;
  height?: number;
  /** The sender's own, or random. */
  id: string;
  /** The path of the kept image; absent if there is none. */
  image?: string;
  /** metadata of a photo that is described again is what it had, until there is an answer. */
  metadata?: Metadata;
  /** Where what is known beside the words comes from. */
  origins?: Origins;
  /**
   * partners are the names of other files that were sent and are the same photo: a camera's RAW
   * file beside its JPEG, which are described once and have one row.
   */
  partners?: Array<string>;
  /**
   * Where it was taken as its file says, or as its GPS position is named: city, region, country.
   */
  place?: string;
  /**
   * place_names are the names of the place that go into the photo's own file: what a person said,
   * else the file or its position.
   */
  place_names?: Place;
  /** The photo's own time, once it is done. */
  seconds?: number;
  state: "pending" | "processing" | "successful" | "needs_review" | "failed";
  /** By the camera's clock, which seldom knows its zone. */
  taken_at?: string;
  /** Of the kept image, in pixels; absent if there is none. */
  width?: number;
}

/** One element of a bulk edit. */
export interface PhotoEdit {
  /**
   * Says that a person wrote this for the photo itself. Only then a failed photo counts as
   * described; otherwise a bulk edit leaves failed photos failed.
   */
  by_hand?: boolean;
  /** One of the service's categories; empty for none. */
  category?: string;
  /** For agencies that want one. */
  description?: string;
  /** details take the place of all that were there. */
  details?: Details;
  /** The photo's, or "*" to overwrite whatever is there. */
  etag: string;
  /** The photo's. */
  id: string;
  keywords?: Array<string>;
  title?: string;
}

/** A place by its names. */
export interface Place {
  city?: string;
  country?: string;
  /** within the city */
  location?: string;
  /** state or province */
  region?: string;
}

/** A failure (RFC 9457). Which of the members behind instance are there depends on code. */
export interface Problem {
  agencies?: Array<string>;
  categories?: Array<string>;
  /** Stable; branch on this. */
  code: "bad_request" | "batch_closed" | "batch_unfinished" | "changed" | "cross_origin" | "empty_batch" | "internal" | "invalid_metadata" | "malformed_multipart" | "method_not_allowed" | "not_found" | "nothing_to_retry" | "photo_unfinished" | "precondition_required" | "rate_limited" | "request_too_large" | "too_many_photos" | "unauthorized" | "unavailable" | "unknown_format" | "unsupported_media_type" | "upload_interrupted" | "wrong_host";
  /** With 412 of a bulk edit: the photos because of which it was not made. */
  conflicts?: Array<Conflict>;
  /** For people: what to do. */
  detail: string;
  formats?: Array<string>;
  /** The element of a bulk edit that cannot be made. */
  id?: string;
  /** The path. */
  instance: string;
  /** With 429: which one. */
  limit?: "budget" | "open_batches" | "passwords" | "photos" | "photos_per_day" | "requests" | "retries" | "streams" | "uploads";
  photo?: Photo;
  /** Those that were accepted or changed before the failure. */
  photos?: Array<Photo>;
  photos_per_batch?: number;
  progress?: Progress;
  /** With 429 and 503. */
  retry_after_seconds?: number;
  status: number;
  title: string;
  type: string;
}

/**
 * counts photos: total = completed + processing + pending; completed = successful + needs_review +
 * failed.
 */
export interface Progress {
  completed: number;
  /**
   * drafts are photos of successful and needs_review that no model has looked at and no person has
   * edited.
   */
  drafts: number;
  failed: number;
  needs_review: number;
  pending: number;
  processing: number;
  successful: number;
  total: number;
}

/** says whether photos would be accepted now. */
export interface Ready {
  ready: boolean;
  /** What is missing, for people. */
  reasons?: Array<string>;
}

/** The event of a photo that was removed, or of a batch that was deleted. */
export interface Removed {
  id: string;
}

/** The answer to a retry: how many photos are taken again. */
export interface Retried {
  batch: Batch;
  retried: number;
}

/** names the photos to retry. */
export interface Retry {
  /** IDs. Named ones are also tried again if they need review. Default: all that failed. */
  photos?: Array<string>;
}

/** What a page or a program must know of the server before it sends anything. */
export interface Service {
  /** Image formats. */
  accept: Array<string>;
  agencies: Array<Agency>;
  categories: Array<string>;
  /** How a remote describer gets the image. */
  delivery: "inline" | "url" | "none";
  describer: Describer;
  formats: Array<Format>;
  image: Image;
  /** How long a batch is kept after its end. */
  keep_seconds: number;
  /** 0 is no limit. */
  limits: Limits;
  /**
   * price_per_thousand_usd is what a thousand typical photos cost, estimated; null if it is not
   * known.
   */
  price_per_thousand_usd: number | null;
  /** raw_extensions are the endings of RAW files, in lower case and without dot. */
  raw_extensions: Array<string>;
  /** typical_usage is what one typical photo takes, estimated; absent if it is not known. */
  typical_usage?: Usage;
  version: string;
}

/** A photo that a bulk edit has left as it was. */
export interface Skipped {
  code: string;
  detail: string;
  id: string;
}

/** What is asked of a title. */
export interface TitleBrief {
  /** case is "sentence" (default) or "title". */
  case?: "sentence" | "title";
  /**
   * max is the longest title in characters, prefix and suffix included. Default: the agencies'
   * limit.
   */
  max?: number;
  /** no_commas is whether titles have no commas, also where the agencies take them. */
  no_commas?: boolean;
  /** prefix and Suffix are put around every title. */
  prefix?: string;
  suffix?: string;
}

/** Worked on as soon as it has arrived. */
export interface Upload {
  /** Names, separated by commas, before the first photo. Only where a batch is made. */
  agencies?: string;
  /**
   * What is asked of the words: a Brief as JSON, before the first photo. Only where a batch is
   * made.
   */
  brief?: string;
  /**
   * What the describer should know of the shoot, before the first photo. Only where a batch is
   * made.
   */
  context?: string;
  /**
   * The first bytes (at most 1 MiB) of the next photo's original, if the photo is a copy made
   * smaller: what they say of camera, date and place is read.
   */
  head?: string;
  /** Your own name for the next photo. Sending it again changes nothing. */
  id?: string;
  /** What the batch is called, before the first photo. Only where a batch is made. */
  name?: string;
  /** One part a photo, in any number. */
  photos: Array<string>;
  /**
   * Where the next photo stands in the batch, 1 or more; smallest first. Default: behind the
   * others.
   */
  position?: string;
}

/** What calls took as the provider counts it. */
export interface Usage {
  /** Of the input tokens: put into the provider's cache, at a price of their own. */
  cache_write_tokens: number;
  /** Of the input tokens: found in the provider's cache. */
  cached_tokens: number;
  input_tokens: number;
  output_tokens: number;
  /** Of the output tokens. */
  reasoning_tokens: number;
  /** The service tier that served the calls; absent if the provider does not say. */
  tier?: string;
}

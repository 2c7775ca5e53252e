package fault

// Code is a stable machine word that clients switch on. The list is closed: the HTTP adapter maps each one to a
// status, and a test fails for a code that has none.
type Code string

// What a request can get wrong, or meet.
const (
	MalformedRequest     Code = "malformed_request"      // the bytes are not what the route reads: broken JSON, NUL bytes, invalid UTF-8
	ChecksumMismatch     Code = "checksum_mismatch"      // the bytes received do not have the checksum that was declared
	InvalidSignature     Code = "invalid_signature"      // a webhook that its sender did not sign
	Unauthenticated      Code = "unauthenticated"        // no credential, or one that is not valid
	TokenExpired         Code = "token_expired"          // an access token past its time: refresh it
	InvalidCredentials   Code = "invalid_credentials"    // e-mail and password do not belong together
	RefreshTokenReused   Code = "refresh_token_reused"   // a rotated refresh token came back: its session has been ended
	PaymentRequired      Code = "payment_required"       // has to be bought first; details: checkout_url
	TierRequired         Code = "tier_required"          // a higher tier has it; details: required_tier
	Forbidden            Code = "forbidden"              // this role or origin may not
	NotFound             Code = "not_found"              // does not exist, or belongs to somebody else
	MethodNotAllowed     Code = "method_not_allowed"     // the path exists, this method on it does not
	RequestTimeout       Code = "request_timeout"        // the request did not arrive in time
	Conflict             Code = "conflict"               // somebody else was first; read again
	EmailTaken           Code = "email_taken"            // an account with this e-mail exists
	AlreadySubscribed    Code = "already_subscribed"     // one live subscription per user
	VersionExists        Code = "version_exists"         // this plugin version was submitted before
	IDExists             Code = "id_exists"              // the id that the client chose is taken
	CursorExpired        Code = "cursor_expired"         // older than the feed remembers: sync from scratch
	PreconditionFailed   Code = "precondition_failed"    // If-Match names another version; details: etag
	PayloadTooLarge      Code = "payload_too_large"      // over the bound of the route; details: limit_bytes
	HeaderTooLarge       Code = "header_too_large"       // the request's header fields do not fit into the bound
	UpgradeRequired      Code = "upgrade_required"       // this is a WebSocket, and the request does not open one
	QuotaExceeded        Code = "quota_exceeded"         // over the bytes of the tier; details: limit_bytes, used_bytes
	RangeNotSatisfiable  Code = "range_not_satisfiable"  // the range begins behind the end; details: size_bytes
	UnsupportedMediaType Code = "unsupported_media_type" // another Content-Type, or any Content-Encoding
	ValidationFailed     Code = "validation_failed"      // well formed, but a value is not allowed; see Error.Fields
	RateLimited          Code = "rate_limited"           // too many; details: retry_after (seconds)
	Internal             Code = "internal"               // a fault of ours
	UpstreamFailed       Code = "upstream_failed"        // a provider answered nonsense or refused
	Unavailable          Code = "unavailable"            // a dependency is down or we are shutting down; details: retry_after
	NotConfigured        Code = "not_configured"         // this server runs without the dependency that this needs
	UpstreamTimeout      Code = "upstream_timeout"       // a provider did not answer in time
	StorageFull          Code = "storage_full"           // the server's own store has no room left
)

// Codes lists every code, so that tables over them can be checked for being complete.
func Codes() []Code {
	return []Code{
		MalformedRequest, ChecksumMismatch, InvalidSignature, Unauthenticated, TokenExpired, InvalidCredentials,
		RefreshTokenReused, PaymentRequired, TierRequired, Forbidden, NotFound, MethodNotAllowed, RequestTimeout,
		Conflict, EmailTaken, AlreadySubscribed, VersionExists, IDExists, CursorExpired, PreconditionFailed,
		PayloadTooLarge, HeaderTooLarge, UpgradeRequired, QuotaExceeded, RangeNotSatisfiable, UnsupportedMediaType, ValidationFailed, RateLimited, Internal, UpstreamFailed,
		Unavailable, NotConfigured, UpstreamTimeout, StorageFull,
	}
}

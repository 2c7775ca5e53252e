package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/valyala/fasthttp"
)

// kind is how a code is told to clients.
type kind struct {
	status int
	title  string
}

// kinds is the one table from codes to statuses. Nothing else picks a status for a failure.
var kinds = map[fault.Code]kind{
	fault.MalformedRequest:     {http.StatusBadRequest, "Malformed request"},
	fault.ChecksumMismatch:     {http.StatusBadRequest, "Checksum mismatch"},
	fault.InvalidSignature:     {http.StatusBadRequest, "Invalid signature"},
	fault.Unauthenticated:      {http.StatusUnauthorized, "Not authenticated"},
	fault.TokenExpired:         {http.StatusUnauthorized, "Access token expired"},
	fault.InvalidCredentials:   {http.StatusUnauthorized, "Invalid credentials"},
	fault.RefreshTokenReused:   {http.StatusUnauthorized, "Refresh token reused"},
	fault.PaymentRequired:      {http.StatusPaymentRequired, "Payment required"},
	fault.TierRequired:         {http.StatusForbidden, "Higher tier required"},
	fault.Forbidden:            {http.StatusForbidden, "Forbidden"},
	fault.NotFound:             {http.StatusNotFound, "Not found"},
	fault.MethodNotAllowed:     {http.StatusMethodNotAllowed, "Method not allowed"},
	fault.RequestTimeout:       {http.StatusRequestTimeout, "Request timeout"},
	fault.Conflict:             {http.StatusConflict, "Conflict"},
	fault.EmailTaken:           {http.StatusConflict, "E-mail taken"},
	fault.AlreadySubscribed:    {http.StatusConflict, "Already subscribed"},
	fault.VersionExists:        {http.StatusConflict, "Version exists"},
	fault.IDExists:             {http.StatusConflict, "Id exists"},
	fault.CursorExpired:        {http.StatusGone, "Cursor expired"},
	fault.PreconditionFailed:   {http.StatusPreconditionFailed, "Precondition failed"},
	fault.PayloadTooLarge:      {http.StatusRequestEntityTooLarge, "Payload too large"},
	fault.HeaderTooLarge:       {http.StatusRequestHeaderFieldsTooLarge, "Header fields too large"},
	fault.UpgradeRequired:      {http.StatusUpgradeRequired, "Upgrade required"},
	fault.QuotaExceeded:        {http.StatusRequestEntityTooLarge, "Quota exceeded"},
	fault.RangeNotSatisfiable:  {http.StatusRequestedRangeNotSatisfiable, "Range not satisfiable"},
	fault.UnsupportedMediaType: {http.StatusUnsupportedMediaType, "Unsupported media type"},
	fault.ValidationFailed:     {http.StatusUnprocessableEntity, "Validation failed"},
	fault.RateLimited:          {http.StatusTooManyRequests, "Too many requests"},
	fault.Internal:             {http.StatusInternalServerError, "Internal error"},
	fault.UpstreamFailed:       {http.StatusBadGateway, "Upstream failed"},
	fault.Unavailable:          {http.StatusServiceUnavailable, "Unavailable"},
	fault.NotConfigured:        {http.StatusServiceUnavailable, "Not configured"},
	fault.UpstreamTimeout:      {http.StatusGatewayTimeout, "Upstream timeout"},
	fault.StorageFull:          {http.StatusInsufficientStorage, "Storage full"},
}

const problemType = "application/problem+json"

// problemOf is the answer for a failure. A code that is not in the table would be Internal.
func problemOf(f *fault.Error, requestID string) contract.Problem {
	k, ok := kinds[f.Code]
	if !ok {
		k = kinds[fault.Internal]
	}
	p := contract.Problem{
		Type: "urn:adiuva:problem:" + string(f.Code), Title: k.title, Status: k.status, Detail: f.Message,
		Instance: requestID, Code: string(f.Code),
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, contract.ProblemField{Location: field.Location, Message: field.Message})
	}
	p.CheckoutURL, _ = f.Details["checkout_url"].(string)
	p.RequiredTier, _ = f.Details["required_tier"].(string)
	p.ETag, _ = f.Details["etag"].(string)
	p.LimitBytes = wholeDetail(f, "limit_bytes")
	p.UsedBytes = wholeDetail(f, "used_bytes")
	p.SizeBytes = wholeDetail(f, "size_bytes")
	p.RetryAfter = wholeDetail(f, "retry_after")
	return p
}

// wholeDetail is a detail that is an integer, if there is one.
func wholeDetail(f *fault.Error, key string) *int64 {
	switch n := f.Details[key].(type) {
	case int64:
		return &n
	case int:
		return new(int64(n))
	default:
		return nil
	}
}

// writeProblem replaces whatever the answer was to be. It keeps the headers that every answer carries.
func writeProblem(ctx *fasthttp.RequestCtx, f *fault.Error, requestID string) {
	p := problemOf(f, requestID)
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers only: cannot happen
		body = nil
	}
	h := &ctx.Response.Header
	ctx.Response.ResetBody()
	for _, name := range []string{"Etag", "X-Checksum", "Content-Disposition", "Content-Encoding"} {
		h.Del(name)
	}
	ctx.SetStatusCode(p.Status)
	h.SetContentType(problemType)
	h.Set("X-Request-Id", requestID)
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter != nil {
		h.Set("Retry-After", strconv.FormatInt(*p.RetryAfter, 10))
	}
	if f.Code == fault.RangeNotSatisfiable && p.SizeBytes != nil {
		h.Set("Content-Range", fmt.Sprintf("bytes */%d", *p.SizeBytes))
	}
	if p.ETag != "" {
		h.Set("ETag", p.ETag)
	}
	if p.Status == http.StatusUnauthorized && len(h.Peek("WWW-Authenticate")) == 0 {
		h.Set("WWW-Authenticate", `Bearer realm="adiuva"`)
	}
	ctx.SetBody(body)
}

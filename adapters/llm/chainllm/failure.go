package chainllm

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/adiuva/cloud/domain/fault"
)

// What can be wrong with an answer. The texts name no part of it: they are logged.
var (
	errSilent    = errors.New("the provider was silent for too long")
	errTotal     = errors.New("the provider took too long for the whole answer")
	errTooLong   = errors.New("the provider sent more than the bound")
	errMalformed = errors.New("the provider sent an event that cannot be read")
	errUnended   = errors.New("the provider's stream ended without a reason")
	errReason    = errors.New("the model stopped for a reason that is not known")
	errCut       = errors.New("the provider's stream broke off")
	errLength    = errors.New("the answer reached the bound of tokens")
	errRefused   = errors.New("the model refused")
	errNoCall    = errors.New("the provider announced tool calls and sent none, or one without a name")
	errPage      = errors.New("the provider sent a page instead of an answer")
)

// ProviderError is a provider's own report of a failure: words of its vocabulary and never its message, which may quote
// what the user said.
type ProviderError struct {
	Status     int           // of HTTP; 200 for an error within a stream
	Code       string        // empty where it is none, or no plain word
	Type       string        // likewise
	RetryAfter time.Duration // zero where the provider does not tell
}

// Error is for logs.
func (e *ProviderError) Error() string {
	return fmt.Sprintf("the provider answered status %d, code %q, type %q", e.Status, e.Code, e.Type)
}

// Words by which providers say what no status says.
var (
	unknownModel = []string{"model_not_found", "model_not_available", "invalid_model", "unknown_model", "DeploymentNotFound"}
	noMoney      = []string{"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_credits", "billing_error"}
	overloaded   = []string{"rate_limit_exceeded", "rate_limit_error", "overloaded_error", "overloaded", "server_error", "api_error",
		"service_unavailable", "internal_server_error", "engine_overloaded", "timeout", "timeout_error"}
	tooMuch  = []string{"context_length_exceeded", "string_above_max_length", "request_too_large"}
	filtered = []string{"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"}
)

// fault is the failure in the port's words.
func (e *ProviderError) fault(modelAsked bool) *fault.Error {
	status := e.Status
	if n, err := strconv.Atoi(e.Code); err == nil && status == http.StatusOK {
		status = n // gateways put the status into the error of a stream
	}
	said := func(words []string) bool { return slices.Contains(words, e.Code) || slices.Contains(words, e.Type) }
	switch {
	case said(unknownModel), status == http.StatusNotFound && e.Type != "" && e.Type != "invalid_request_error":
		return noSuchModel(e, modelAsked)
	case said(noMoney):
		return fault.Wrap(e, fault.UpstreamFailed, "The language model's provider refuses to work for us at the moment.")
	case said(tooMuch), status == http.StatusRequestEntityTooLarge:
		return fault.Wrap(e, fault.UpstreamFailed, "The conversation is too long for the language model. Send less context.")
	case said(filtered):
		return fault.Wrap(e, fault.UpstreamFailed, "The language model declined to answer this.")
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status == http.StatusConflict, status >= 500 && status <= 599,
		status == http.StatusOK && said(overloaded):
		return unavailable(e, e.RetryAfter)
	default:
		return fault.Wrap(e, fault.UpstreamFailed, "The language model's provider did not accept the request.")
	}
}

func unavailable(cause error, retryAfter time.Duration) *fault.Error {
	e := fault.Wrap(cause, fault.Unavailable, "The language model cannot be reached at the moment. Try again shortly.")
	if retryAfter > 0 {
		e = e.RetryAfter(retryAfter)
	}
	return e
}

func noSuchModel(cause error, modelAsked bool) *fault.Error {
	if !modelAsked {
		return fault.Wrap(cause, fault.ValidationFailed, "The language model that this server is set to use does not exist.")
	}
	e := fault.Wrap(cause, fault.ValidationFailed, "Some values are not allowed; see errors.")
	e.Fields = []fault.Field{{Location: "body.model", Message: "must be a model that exists"}}
	return e
}

// nonsense is UpstreamFailed for an answer that is no answer.
func nonsense(cause error) *fault.Error {
	switch {
	case errors.Is(cause, errLength):
		return fault.Wrap(cause, fault.UpstreamFailed, "The language model's answer was too long and has been cut off.")
	case errors.Is(cause, errRefused):
		return fault.Wrap(cause, fault.UpstreamFailed, "The language model declined to answer this.")
	case errors.Is(cause, errCut), errors.Is(cause, errUnended), errors.Is(cause, errReason):
		return fault.Wrap(cause, fault.UpstreamFailed, "The language model stopped in the middle of its answer. Try again.")
	default:
		return fault.Wrap(cause, fault.UpstreamFailed, "The language model's answer could not be understood. Try again.")
	}
}

// tooSlow is UpstreamTimeout.
func tooSlow(cause error) *fault.Error {
	return fault.Wrap(cause, fault.UpstreamTimeout, "The language model did not answer in time. Try again.")
}

// unreachable is Unavailable for a connection that never carried an answer. What the network says of it is kept for the
// log; of other errors only the type, because some quote what the other end sent.
func unreachable(err error) *fault.Error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	_, network := errors.AsType[net.Error](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	if !network && !certificate && !errors.Is(err, io.EOF) && !errors.Is(err, errCut) {
		err = fmt.Errorf("the request failed with %T", err)
	}
	return unavailable(err, 0)
}

// plainWord is what may be a word of a provider's vocabulary; anything else could be somebody's text.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// problem reads an error object as the many compatible servers write it: {"error": {...}}, {"error": "text"}, or the
// fields without an object around them.
func problem(status int, body []byte) *ProviderError {
	var outer struct {
		Error json.RawMessage `json:"error"`
	}
	fields := body
	if json.Unmarshal(body, &outer) == nil && len(outer.Error) > 0 {
		fields = outer.Error
	}
	var inner struct {
		Code json.RawMessage `json:"code"`
		Type json.RawMessage `json:"type"`
	}
	e := &ProviderError{Status: status}
	if json.Unmarshal(fields, &inner) == nil {
		e.Code, e.Type = word(inner.Code), word(inner.Type)
	}
	return e
}

func word(raw json.RawMessage) string {
	text := string(bytes.Trim(raw, `"`))
	if text == "null" || !plainWord.MatchString(text) {
		return ""
	}
	return text
}

// retryAfter reads when to come back, from Retry-After in seconds or as a date (told by the provider's own clock) or
// from retry-after-ms. Nonsense is zero, and an hour is the most that is believed.
func retryAfter(h http.Header) time.Duration {
	const most = time.Hour
	clamp := func(n int64, unit time.Duration) time.Duration {
		return min(time.Duration(min(max(n, 0), int64(most/unit)))*unit, most)
	}
	if ms, err := strconv.ParseInt(h.Get("Retry-After-Ms"), 10, 64); err == nil {
		return clamp(ms, time.Millisecond)
	}
	value := h.Get("Retry-After")
	if s, err := strconv.ParseInt(value, 10, 64); err == nil {
		return clamp(s, time.Second)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), most)
}

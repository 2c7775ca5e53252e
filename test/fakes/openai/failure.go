package openai

import (
	"encoding/json"
	"net/http"

	"github.com/adiuva/cloud/test/fakes/provider"
)

// Problem is a provider's error object.
type Problem struct {
	Message string `json:"message"`
	Type    string `json:"type"`
	Code    any    `json:"code"` // a word, a number, or nil
}

// JSON is the problem as providers send it, in an object of its own.
func (p Problem) JSON() string {
	b, err := json.Marshal(map[string]any{"error": p})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Status refuses the request with a status, an error object and headers given as "Name: value".
func Status(status int, p Problem, headers ...string) Reply {
	return provider.Body(status, "application/json", p.JSON(), headers...)
}

// RateLimited is 429 with a time to come back.
func RateLimited(retryAfter string) Reply {
	return Status(http.StatusTooManyRequests, Problem{"Rate limit reached", "requests", "rate_limit_exceeded"}, "Retry-After: "+retryAfter)
}

// OutOfQuota is 429 from an account that has no money left: trying again is of no use.
func OutOfQuota() Reply {
	return Status(http.StatusTooManyRequests, Problem{"You exceeded your current quota", "insufficient_quota", "insufficient_quota"})
}

// ServerError is 500, with a text that a guess by substring takes for something else.
func ServerError() Reply {
	return Status(http.StatusInternalServerError, Problem{"The server failed after 1400 tokens", "server_error", nil})
}

// UnknownModel is 404 for a model that does not exist.
func UnknownModel() Reply {
	return Status(http.StatusNotFound, Problem{"The model `gpt-9` does not exist", "invalid_request_error", "model_not_found"})
}

// Refusal is a model that declines.
func Refusal() Reply {
	return Deltas("stop", `{"role":"assistant","refusal":"I cannot "}`, `{"refusal":"help with that."}`)
}

// Stalling opens a stream, writes text and then says nothing more.
func Stalling(text string) Reply {
	return Deltas("", content(text)).Then(provider.Silent())
}

// Muttering opens a stream, writes text and then sends comments for ever.
func Muttering(text string) Reply {
	return Deltas("", content(text)).Then(provider.Muttering(": still here\n\n"))
}

// Cutting opens a stream, writes text and then breaks the connection.
func Cutting(text string) Reply {
	return Deltas("", content(text)).Then(provider.Cut())
}

// Ending opens a stream, writes text and ends it in order, without saying why.
func Ending(text string) Reply { return Deltas("", content(text)) }

// Failing opens a stream, writes text and then reports a problem within it.
func Failing(text string, p Problem) Reply {
	return Deltas("", content(text)).Then(func(x *Exchange) { x.Write("data: " + p.JSON() + "\n\n" + Done) })
}

func content(text string) string {
	b, err := json.Marshal(map[string]string{"content": text})
	if err != nil {
		panic(err)
	}
	return string(b)
}

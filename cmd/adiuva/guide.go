package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// guide shows requests and answers to a person and stops at the first that is not as it should be.
type guide struct {
	out     io.Writer
	base    string // up to and including /api/v1
	chapter int
}

// shownBytes is how much of a body is shown.
const shownBytes = 400

func (g *guide) title(s string) {
	g.chapter++
	g.say(fmt.Sprintf("\n%d. %s", g.chapter, s))
}

func (g *guide) say(s string) { _, _ = fmt.Fprintln(g.out, s) }

// call sends body as JSON and reads the answer into to. Any other status than want is an error.
func (g *guide) call(ctx context.Context, method, path, token string, body any, want int, to any) error {
	raw, _, err := g.send(ctx, method, path, token, body, want, true)
	if err != nil || to == nil {
		return err
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("%s %s: the answer is not the JSON of the contract: %w", method, path, err)
	}
	return nil
}

// download answers the bytes and the checksum that the server says they have.
func (g *guide) download(ctx context.Context, path, token string) ([]byte, string, error) {
	raw, header, err := g.send(ctx, http.MethodGet, path, token, nil, http.StatusOK, false)
	return raw, header.Get("X-Checksum"), err
}

func (g *guide) send(ctx context.Context, method, path, token string, body any, want int, text bool) ([]byte, http.Header, error) {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return nil, nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(payload))
	if err != nil {
		return nil, nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	g.say("> " + method + " /api/v1" + path + " " + shorten(conceal(payload)))
	client := http.Client{Timeout: 90 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("the server does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: the answer broke off: %w", method, path, err)
	}
	shown := fmt.Sprintf("%d bytes, X-Checksum %s", len(raw), res.Header.Get("X-Checksum"))
	if text || res.StatusCode != want {
		shown = shorten(conceal(raw))
	}
	g.say(fmt.Sprintf("< %d %s", res.StatusCode, shown))
	if res.StatusCode != want {
		return nil, nil, fmt.Errorf("%s %s: the answer should have been %d, not %d", method, path, want, res.StatusCode)
	}
	return raw, res.Header, nil
}

// conceal hides what should not stand on a screen: passwords and tokens.
func conceal(raw []byte) []byte {
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return raw
	}
	hidden := false
	for _, name := range []string{"password", "access_token", "refresh_token", "ticket"} {
		if s, ok := fields[name].(string); ok {
			fields[name], hidden = s[:min(6, len(s))]+"...", true
		}
		if name == "password" && hidden {
			fields[name] = "..."
		}
	}
	if !hidden {
		return raw
	}
	out, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return out
}

func shorten(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) <= shownBytes {
		return string(raw)
	}
	return fmt.Sprintf("%s... (%d bytes)", bytes.ToValidUTF8(raw[:shownBytes], nil), len(raw))
}

package harness

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/checksum"
)

// Client speaks to a server as one user.
type Client struct {
	Base    string // scheme, host and port
	Access  string
	Refresh string
	Email   string
	Seen    func(t testing.TB, method, path string, a Answer) // looks at every answer that Send gets; nil for nobody
	http    *http.Client
}

// Password is what every test user has.
const Password = "correct horse battery"

// NewClient speaks to the server at base as nobody.
func NewClient(base string) *Client {
	return &Client{Base: base, http: &http.Client{Timeout: 60 * time.Second}}
}

// Answer is a response, read whole.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Code is the stable word of a problem, empty for what is none.
func (a Answer) Code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.Body, &p) // what is not JSON has no code
	return p.Code
}

// Decode reads the body as JSON.
func (a Answer) Decode(t testing.TB, to any) {
	t.Helper()
	require.NoError(t, json.Unmarshal(a.Body, to), "%s", a.Body)
}

// Try sends one request. body is raw bytes, a string, nil, or a value that is sent as JSON.
func (c *Client) Try(ctx context.Context, method, path string, body any, headers ...string) (Answer, error) {
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case string:
		r = strings.NewReader(b)
	case io.Reader:
		r = b
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		r = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, r)
	if err != nil {
		return Answer{}, err
	}
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Access != "" {
		req.Header.Set("Authorization", "Bearer "+c.Access)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return Answer{res.StatusCode, res.Header, raw}, err
}

// Send is Try for a request that must be answered.
func (c *Client) Send(t testing.TB, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a, err := c.Try(t.Context(), method, path, body, headers...)
	require.NoError(t, err)
	if c.Seen != nil {
		c.Seen(t, method, path, a)
	}
	return a
}

// Expect is Send for a request that must be answered with this status.
func (c *Client) Expect(t testing.TB, status int, method, path string, body any, headers ...string) Answer {
	t.Helper()
	a := c.Send(t, method, path, body, headers...)
	require.Equal(t, status, a.Status, "%s %s: %s", method, path, a.Body)
	return a
}

// Tokens are AuthTokens of the contract.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresAt    int64  `json:"expires_at"`
}

// SignUp is a new user with an address of their own, logged in.
func SignUp(t testing.TB, base string) *Client {
	t.Helper()
	c := NewClient(base)
	c.Email = "user-" + strings.ToLower(rand.Text()) + "@example.com"
	c.Keep(t, c.Expect(t, http.StatusCreated, http.MethodPost, "/auth/register", map[string]string{"email": c.Email, "password": Password}))
	return c
}

// Keep takes over the tokens of an answer.
func (c *Client) Keep(t testing.TB, a Answer) {
	t.Helper()
	var tokens Tokens
	a.Decode(t, &tokens)
	require.NotEmpty(t, tokens.AccessToken)
	c.Access, c.Refresh = tokens.AccessToken, tokens.RefreshToken
}

// RecordBody is a StorageRecordCreate, or with an empty table a StorageRecordUpdate, of these bytes.
func RecordBody(table string, blob []byte) map[string]any {
	body := map[string]any{"blob": base64.StdEncoding.EncodeToString(blob), "checksum": checksum.Of(blob).String()}
	if table != "" {
		body["table"] = table
	}
	return body
}

// BackupHeaders are the headers that go with a backup of these bytes.
func BackupHeaders(content []byte) []string {
	return []string{"Content-Type", "application/octet-stream", "X-Backup-Version", "1", "X-Backup-Timestamp", "1767225600000",
		"X-Backup-Checksum", checksum.Of(content).String()}
}

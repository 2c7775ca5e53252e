// Package load measures what requests cost over a real socket, each row beside the plainest one of the same run: compare
// rows within a run, not numbers between machines. Start with `make bench`.
package load

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/test/fakes/openai"
	"github.com/adiuva/cloud/test/harness"
)

// houses are the ways to run the product.
func houses(b *testing.B, run func(b *testing.B, s *harness.Server)) {
	b.Helper()
	b.Run("memory", func(b *testing.B) { run(b, serve(b, harness.InMemory())) })
	b.Run("sqlite+files", func(b *testing.B) { run(b, serve(b, harness.Embedded(b))) })
	b.Run("postgres+s3", func(b *testing.B) {
		settings, _ := harness.Real(b)
		run(b, serve(b, settings))
	})
}

func serve(b *testing.B, settings map[string]string) *harness.Server {
	b.Helper()
	settings["LOG_LEVEL"] = "error"
	return harness.Serve(b, settings, assembly.Overrides{})
}

// member is a user who may store records.
func member(b *testing.B, s *harness.Server) *harness.Client {
	b.Helper()
	c := harness.SignUp(b, s.URL)
	s.SetTier(b, c.Email, "team")
	return c
}

// each sends the same kind of request b.N times from as many clients as there are processors.
func each(b *testing.B, want int, send func() (harness.Answer, error)) {
	b.Helper()
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			a, err := send()
			if err != nil || a.Status != want {
				b.Errorf("%d %s %v", a.Status, a.Body, err)
				return
			}
		}
	})
}

// BenchmarkHealth is the floor: HTTP and nothing else.
func BenchmarkHealth(b *testing.B) {
	s := serve(b, harness.InMemory())
	c := harness.NewClient(s.URL)
	each(b, http.StatusOK, func() (harness.Answer, error) { return c.Try(b.Context(), http.MethodGet, "/health", nil) })
}

// BenchmarkProfile is an authenticated request: a token, one query for the session and one for the answer.
func BenchmarkProfile(b *testing.B) {
	houses(b, func(b *testing.B, s *harness.Server) {
		b.Helper()
		c := harness.SignUp(b, s.URL)
		each(b, http.StatusOK, func() (harness.Answer, error) { return c.Try(b.Context(), http.MethodGet, "/auth/me", nil) })
	})
}

// BenchmarkStoreRecord is a durable write of 4 KiB.
func BenchmarkStoreRecord(b *testing.B) {
	body := harness.RecordBody("tasks", random(b, 4<<10))
	houses(b, func(b *testing.B, s *harness.Server) {
		b.Helper()
		c := member(b, s)
		each(b, http.StatusCreated, func() (harness.Answer, error) {
			return c.Try(b.Context(), http.MethodPost, "/storage/records", body)
		})
	})
}

// BenchmarkReadRecord is a verified read of 4 KiB and of 4 MiB.
func BenchmarkReadRecord(b *testing.B) {
	for name, size := range map[string]int{"4KiB": 4 << 10, "4MiB": 4 << 20} {
		blob := random(b, size)
		b.Run(name, func(b *testing.B) {
			houses(b, func(b *testing.B, s *harness.Server) {
				b.Helper()
				c := member(b, s)
				var created struct{ ID string }
				c.Expect(b, http.StatusCreated, http.MethodPost, "/storage/records", harness.RecordBody("tasks", blob)).Decode(b, &created)
				b.SetBytes(int64(size))
				each(b, http.StatusOK, func() (harness.Answer, error) {
					return c.Try(b.Context(), http.MethodGet, "/storage/records/"+created.ID, nil)
				})
			})
		})
	}
}

// BenchmarkChat is one message that becomes one task: with the offline model, and with a provider on this machine that
// answers at once, so that what is left is the server's own cost.
func BenchmarkChat(b *testing.B) {
	request := map[string]any{"message": "add a high priority task to call Bob tomorrow at 3pm"}
	chat := func(b *testing.B, settings map[string]string) {
		b.Helper()
		c := harness.SignUp(b, serve(b, settings).URL)
		each(b, http.StatusOK, func() (harness.Answer, error) { return c.Try(b.Context(), http.MethodPost, "/chat", request) })
	}
	b.Run("offline", func(b *testing.B) { chat(b, harness.InMemory()) })
	b.Run("local provider", func(b *testing.B) {
		provider := openai.Start(b)
		provider.Always(scripted)
		settings := harness.InMemory()
		settings["OPENAI_BASE_URL"], settings["OPENAI_API_KEY"] = provider.URL, "sk-test"
		chat(b, settings)
	})
}

// scripted answers each of the three calls of a chat by what it carries.
func scripted(x *openai.Exchange) {
	switch {
	case bytes.Contains(x.Body, []byte(`"role":"tool"`)):
		openai.Completion{Pieces: []string{"Done."}}.Reply()(x)
	case bytes.Contains(x.Body, []byte(`"tools"`)):
		call := openai.Call{ID: "call_1", Name: "create_task", Arguments: `{"title":"call Bob","priority":"high"}`}
		openai.Completion{Calls: []openai.Call{call}}.Reply()(x)
	default:
		openai.Completion{Pieces: []string{`{"agents":["task_agent"],"asks":true,"sure":true}`}}.Reply()(x)
	}
}

func random(b *testing.B, n int) []byte {
	b.Helper()
	p := make([]byte, n)
	_, err := rand.Read(p)
	require.NoError(b, err)
	return p
}

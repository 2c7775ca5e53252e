package chainllm_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/adiuva/cloud/adapters/llm/chainllm"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
	"github.com/adiuva/cloud/test/fakes/openai"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick are timeouts that a test can wait for.
var quick = chainllm.Timeouts{Dial: 2 * time.Second, FirstToken: 600 * time.Millisecond, Idle: 600 * time.Millisecond, Total: 20 * time.Second}

// patient are timeouts that never end a call of a test.
var patient = chainllm.Timeouts{Dial: 20 * time.Second, FirstToken: 20 * time.Second, Idle: 20 * time.Second, Total: 20 * time.Second}

// open makes an adapter that talks to the URL; change adapts its settings.
func open(t porttest.T, url string, change ...func(*chainllm.Config)) *chainllm.LLM {
	config := chainllm.Config{BaseURL: url, APIKey: "key-1", Model: "standard", Timeouts: patient}
	for _, f := range change {
		f(&config)
	}
	llm, err := chainllm.New(config)
	require.NoError(t, err)
	t.Cleanup(llm.Close)
	return llm
}

func withTimeouts(timeouts chainllm.Timeouts) func(*chainllm.Config) {
	return func(c *chainllm.Config) { c.Timeouts = timeouts }
}

func TestAProviderOnTheWireKeepsTheContract(t *testing.T) {
	t.Parallel()
	porttest.LLM(t, func(t porttest.T) porttest.LLMWire {
		return openai.Wire(t, func(url string) ports.LLM {
			return open(t, url, withTimeouts(chainllm.Timeouts{FirstToken: time.Second}))
		})
	})
}

func TestAnAddressWhereNoProviderIsIsUnavailableAtOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"nobody listens": "", "another protocol": "220 SECRET mail\r\n", "hangs up": "-"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			var all sync.WaitGroup
			t.Cleanup(all.Wait)
			t.Cleanup(func() { _ = listener.Close() })
			if answer == "" {
				require.NoError(t, listener.Close())
			}
			all.Go(func() {
				for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = io.WriteString(conn, strings.TrimPrefix(answer, "-"))
					_ = conn.Close()
				}
			})
			start := time.Now()
			_, err = open(t, "http://"+listener.Addr().String()).Complete(t.Context(), ask("hello"), nil)
			require.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
			assert.NotContains(t, err.Error(), "SECRET")
			assert.Less(t, time.Since(start), 5*time.Second)
		})
	}
}

package harness

import (
	"context"
	"maps"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/cmd/assembly"
	"github.com/adiuva/cloud/config"
)

// Server is the whole system in this process, serving on a real socket.
type Server struct {
	URL    string // scheme, host and port
	System *assembly.System
	Log    *syncBuffer
	stop   context.CancelFunc
	ended  chan error
}

// InMemory are the settings of a server that keeps nothing.
func InMemory() map[string]string { return map[string]string{"DATABASE_URL": "memory:"} }

// Serve runs the system with these settings on a free local port, with o in place of what no setting can replace. The
// test's end stops it.
func Serve(t testing.TB, settings map[string]string, o assembly.Overrides) *Server {
	t.Helper()
	flags := map[string]string{"HOST": "127.0.0.1", "PORT": "0", "BCRYPT_COST": "4", "DATA_DIR": ""}
	maps.Copy(flags, settings)
	if flags["DATA_DIR"] == "" {
		flags["DATA_DIR"] = t.TempDir()
	}
	cfg, err := config.Load(config.Source{Flags: flags})
	require.NoError(t, err)
	s := &Server{Log: &syncBuffer{}, ended: make(chan error, 1)}
	if o.Log == nil {
		o.Log = s.Log
	}
	sys, closeAll, err := assembly.New(t.Context(), cfg, o)
	require.NoError(t, err)
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.System, s.URL = sys, "http://"+ln.Addr().String()
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() { s.ended <- sys.Run(ctx, ln) }()
	t.Cleanup(func() {
		assert.NoError(t, s.Stop())
		closeAll()
	})
	return s
}

// Stop drains the server, as SIGTERM does, and answers how it ended. Stopping again is no error.
func (s *Server) Stop() error {
	s.stop()
	select {
	case err, ok := <-s.ended:
		if ok {
			close(s.ended)
		}
		return err
	case <-time.After(time.Minute):
		return context.DeadlineExceeded
	}
}

// SetTier gives a user a tier, as an operator would.
func (s *Server) SetTier(t testing.TB, email, tier string) {
	t.Helper()
	_, err := s.System.Admin.SetTier.Execute(t.Context(), accounts.SetTierInput{Email: email, Tier: tier})
	require.NoError(t, err)
}

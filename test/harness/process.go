// Package harness runs the product for tests: the whole system in this process, or the real binary in one of its own,
// and a client that speaks to either over a real socket.
//
// It imports everything. Start at Serve, StartProcess and Client.
package harness

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/test/services"
)

// binary builds cmd/adiuva once for all tests of a package.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "adiuva-binary-")
	if err != nil {
		return "", err
	}
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(dir, "adiuva")
	build := exec.Command("go", "build", "-o", path, "./cmd/adiuva")
	build.Dir = filepath.Join(filepath.Dir(here), "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// Binary is the path of the freshly built binary.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	return path
}

// Process is the real binary, serving.
type Process struct {
	URL string // scheme, host and port
	cmd *exec.Cmd
	log *syncBuffer
}

// StartProcess runs `adiuva serve` on a free port with these settings on top of a plain environment, and waits until it
// is ready. The test's end kills it.
func StartProcess(t testing.TB, settings map[string]string) *Process {
	t.Helper()
	cmd := exec.Command(Binary(t), "serve")
	cmd.Dir = t.TempDir()
	cmd.Env = Environment(settings)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	p := &Process{cmd: cmd, log: &syncBuffer{}}
	cmd.Stderr = p.log
	require.NoError(t, cmd.Start())
	t.Cleanup(p.Kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if api, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "API "); ok {
			p.URL = strings.TrimSuffix(strings.TrimSpace(api), "/api/v1")
			break
		}
	}
	require.NotEmpty(t, p.URL, "the server did not start: %s", p.log)
	go func() { // keep the pipe from filling
		for lines.Scan() {
		}
	}()
	p.awaitReady(t)
	return p
}

// Environment is what a process of the product needs of ours, with settings on top, listening on a free local port.
func Environment(settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PORT=0", "HOST=127.0.0.1", "BCRYPT_COST=4"}
	for k, v := range settings {
		env = append(env, k+"="+v)
	}
	return env
}

func (p *Process) awaitReady(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, p.URL+"/api/v1/health/ready", http.NoBody)
		if err != nil {
			return false
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, 20*time.Second, 20*time.Millisecond, "the server did not become ready: %s", p.log)
}

// Kill ends the process with SIGKILL, as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// Terminate asks the process to end with SIGTERM and answers its exit code.
func (p *Process) Terminate(t testing.TB) int {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// Signal sends a signal.
func (p *Process) Signal(t testing.TB, s os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(s))
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is what the process has written to standard error so far.
func (p *Process) Log() string { return p.log.String() }

// Command runs another command of the binary with the same kind of environment and answers its output.
func Command(t testing.TB, settings map[string]string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	cmd.Dir = t.TempDir()
	cmd.Env = Environment(settings)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Embedded are the settings of a server on SQLite and files in a folder of the test's own.
func Embedded(t testing.TB) map[string]string {
	t.Helper()
	return map[string]string{"DATA_DIR": t.TempDir()}
}

// Real are the settings of a server on a fresh database of the real PostgreSQL and a fresh bucket of the real S3 server.
func Real(t testing.TB) (map[string]string, services.S3) {
	t.Helper()
	bucket := services.ObjectStore(t)
	return map[string]string{
		"DATA_DIR": t.TempDir(), "DATABASE_URL": services.DatabaseURL(t),
		"S3_ENDPOINT": bucket.Endpoint, "S3_REGION": bucket.Region, "S3_BUCKET": bucket.Bucket,
		"AWS_ACCESS_KEY_ID": bucket.AccessKey, "AWS_SECRET_ACCESS_KEY": bucket.SecretKey,
	}, bucket
}

// syncBuffer is a buffer that a process writes while a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

package fileblob_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/adapters/blob/fileblob"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
	"github.com/adiuva/cloud/ports/porttest"
)

const key = "ada/tasks/record/part"

func open(t porttest.T, dir string) *fileblob.Blobs {
	t.Helper()
	b, err := fileblob.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

// files are the paths of all files under dir.
func files(t porttest.T, dir string) []string {
	t.Helper()
	var paths []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

// fileOf is where an object is.
func fileOf(t porttest.T, dir, key string) string {
	t.Helper()
	for _, path := range files(t, dir) {
		if filepath.Base(path) == strings.ReplaceAll(key, "/", ".") {
			return path
		}
	}
	require.Fail(t, "no file of "+key)
	return ""
}

func openStore(t porttest.T) porttest.BlobStore {
	dir := filepath.Join(t.TempDir(), "new", "objects")
	return porttest.BlobStore{
		Blobs:  open(t, dir),
		Reopen: func(t porttest.T) ports.Blobs { return open(t, dir) },
		Rot: func(t porttest.T, key string) {
			flip(t, fileOf(t, dir, key), func(size int) int { return size - 1 })
		},
		Traces: func(t porttest.T) []string {
			keys := []string{}
			for _, path := range files(t, dir) {
				name, _, _ := strings.Cut(filepath.Base(path), "~")
				keys = append(keys, strings.ReplaceAll(name, ".", "/"))
			}
			slices.Sort(keys)
			return keys
		},
	}
}

// flip changes one bit of a file.
func flip(t porttest.T, path string, where func(size int) int) {
	t.Helper()
	p, err := os.ReadFile(path)
	require.NoError(t, err)
	p[where(len(p))] ^= 4
	require.NoError(t, os.WriteFile(path, p, 0o600))
}

func put(b ports.Blobs, key string, p []byte) error {
	return b.Put(context.Background(), key, bytes.NewReader(p), int64(len(p)), checksum.Of(p))
}

func read(b ports.Blobs, key string) ([]byte, error) {
	body, _, err := b.Open(context.Background(), key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}

func TestBlobsKeepTheirContract(t *testing.T) { porttest.Blobs(t, openStore) }

func TestTheProbeKeepsItsContract(t *testing.T) {
	porttest.Probe(t, func(t porttest.T) ports.Probe { return open(t, t.TempDir()) })
}

func TestADamagedFileIsInternalWhereverTheDamageIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	content := bytes.Repeat([]byte("adiuva"), 100)
	require.NoError(t, put(b, key, content))
	path := fileOf(t, dir, key)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range whole {
		flip(t, path, func(int) int { return i })
		got, err := read(b, key)
		assert.Equal(t, fault.Internal, fault.CodeOf(err), "byte %d: %v", i, err)
		assert.Less(t, len(got), len(content))
		require.NoError(t, os.WriteFile(path, whole, 0o600))
	}
	for _, damaged := range [][]byte{nil, whole[:20], whole[:len(whole)-1], append(slices.Clone(whole), 0)} {
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		_, err := read(b, key)
		assert.Equal(t, fault.Internal, fault.CodeOf(err), "%d bytes: %v", len(damaged), err)
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	got, err := read(b, key)
	require.NoError(t, err)
	assert.Equal(t, content, got)
}

func TestALinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	b := open(t, dir)
	require.NoError(t, put(b, key, []byte("mine")))
	stolen, err := os.ReadFile(fileOf(t, dir, key))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(outside, stolen, 0o600))
	path := fileOf(t, dir, key)
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Symlink(outside, path))
	_, err = read(b, key)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
}

func TestOnlyTheOwnerCanReadTheFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "objects")
	b := open(t, dir)
	require.NoError(t, put(b, key, []byte("mine")))
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return err
	}))
}

func TestABodyThatPanicsLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	assert.Panics(t, func() { _ = b.Put(t.Context(), key, panics{}, 10, checksum.Of(nil)) })
	assert.Empty(t, files(t, dir))
}

type panics struct{}

func (panics) Read([]byte) (int, error) { panic("the body is broken") }

// crasher, when set, makes the test binary a process that is killed while it writes.
const crasher = "FILEBLOB_TEST_CRASH_IN"

func TestWhatACrashLeftIsInvisibleAndGoesWithTheKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	require.NoError(t, put(b, "ada/tasks/record/other", []byte("kept")))
	child := exec.Command(os.Args[0], "-test.run=^TestCrashingWriter$", "-test.v")
	child.Env = append(os.Environ(), crasher+"="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	waitFor(t, out, "half of it is written")
	assert.Len(t, files(t, dir), 2)
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()

	_, err = read(b, key)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	assert.Len(t, files(t, dir), 2, "the crash left a temporary file")
	require.NoError(t, b.Delete(t.Context(), key), "which is what a sweeper does for the write's intent")
	assert.Equal(t, []string{fileOf(t, dir, "ada/tasks/record/other")}, files(t, dir))
	require.NoError(t, put(b, key, []byte("again")))
	got, err := read(b, key)
	require.NoError(t, err)
	assert.Equal(t, "again", string(got))
}

// TestCrashingWriter is the process of the test above, and nothing when it runs by itself.
func TestCrashingWriter(t *testing.T) {
	dir := os.Getenv(crasher)
	if dir == "" {
		return
	}
	body := io.MultiReader(bytes.NewReader(make([]byte, 100_000)), hangs{})
	_ = open(t, dir).Put(t.Context(), key, body, 200_000, checksum.Of(nil))
}

type hangs struct{}

func (hangs) Read([]byte) (int, error) {
	_, _ = os.Stdout.WriteString("half of it is written\n")
	select {}
}

func waitFor(t *testing.T, out io.Reader, line string) {
	t.Helper()
	var seen []byte
	buf := make([]byte, 1024)
	for !bytes.Contains(seen, []byte(line)) {
		n, err := out.Read(buf)
		require.NoError(t, err, string(seen))
		seen = append(seen, buf[:n]...)
	}
}

func TestAWriterWhoseKeyIsDeletedMeanwhileIsUnavailable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := open(t, dir)
	p := make([]byte, 1000)
	sweeps := readerFunc(func([]byte) (int, error) {
		assert.NoError(t, b.Delete(t.Context(), key))
		return 0, io.EOF
	})
	err := b.Put(t.Context(), key, io.MultiReader(bytes.NewReader(p), sweeps), 1000, checksum.Of(p))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
	assert.Empty(t, files(t, dir))
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestTheProbeSeesAFolderThatIsGone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "objects")
	b := open(t, dir)
	assert.Equal(t, "objects", b.Name())
	require.NoError(t, b.Check(t.Context()))
	require.NoError(t, os.RemoveAll(dir))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(b.Check(t.Context())))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(put(b, key, []byte("x"))))
	_, err := fileblob.Open("/dev/null/objects")
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

package fileblob_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/domain/fault"
)

func TestAFullDiskIsStorageFullAndLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("a small file system cannot be mounted here: " + err.Error())
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	b := open(t, dir)
	require.NoError(t, put(b, key, make([]byte, 1<<20)))
	for range 2 {
		assert.Equal(t, fault.StorageFull, fault.CodeOf(put(b, key+"2", make([]byte, 8<<20))))
		assert.Equal(t, []string{fileOf(t, dir, key)}, files(t, dir))
	}
	got, err := read(b, key)
	require.NoError(t, err)
	assert.Len(t, got, 1<<20)
	require.NoError(t, put(b, key+"2", make([]byte, 1<<20)), "there is room again")
	require.NoError(t, b.Delete(t.Context(), key))
	require.NoError(t, put(b, key, make([]byte, 1<<20)))
}

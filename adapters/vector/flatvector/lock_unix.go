//go:build unix

package flatvector

import (
	"errors"
	"os"
	"syscall"
)

// lockShard keeps other processes from writing in a shard until unlock is called, or this process dies.
func lockShard(root *os.Root, name string) (unlock func(), err error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

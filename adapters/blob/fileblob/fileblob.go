// Package fileblob keeps objects as files in a folder: for one machine, with nothing to install.
//
// Each object is one file that begins with a header (the SHA-256 and the size of the bytes), so that the bytes and their
// checksum come to be by one rename. A file is written beside the others under a temporary name, hashed on the way,
// synced, renamed, and its folder is synced: then it survives a power cut. What a crash leaves under a temporary name
// goes when the object's key is deleted, which the write's own intent in the garbage list sees to. Any number of
// processes may share the folder.
//
// It imports domain and ports. Start at Open.
package fileblob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

var (
	_ ports.Blobs = (*Blobs)(nil)
	_ ports.Probe = (*Blobs)(nil)
)

// pending is the folder of files that are being written. They are few, so that Delete can look through it.
const pending = "pending"

// shards is how many folders the objects are spread over. All are made when the store is opened: a folder that is made
// during a write would have to be synced with it, by every process that finds it there.
const shards = 256

// Blobs are stored objects. Close it when no call is under way any more.
type Blobs struct{ root *os.Root }

// Open opens the store in dir and makes what is missing of it. Only the owner can read it.
func Open(dir string) (*Blobs, error) {
	if err := makeFolder(filepath.Clean(dir)); err != nil {
		return nil, refused(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, refused(err)
	}
	b := &Blobs{root}
	if err := b.prepare(); err != nil {
		_ = root.Close()
		return nil, refused(err)
	}
	return b, nil
}

// makeFolder makes dir and what is missing above it, so that all of it survives a power cut.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	parent, err := os.Open(filepath.Dir(dir))
	if err != nil {
		return err
	}
	return syncAndClose(parent)
}

func (b *Blobs) prepare() error {
	folders := []string{pending}
	for i := range shards {
		folders = append(folders, fmt.Sprintf("%02x", i))
	}
	for _, folder := range folders {
		if err := b.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return b.sync(".")
}

// Close lets go of the folder.
func (b *Blobs) Close() error { return refused(b.root.Close()) }

// Put implements ports.Blobs.
func (b *Blobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) (err error) {
	if err := record.CheckKey(key); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	name := flat(key)
	temporary := pending + "/" + name + "~" + rand.Text()
	f, err := b.root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return refused(err)
	}
	published := false
	defer func() { // every exit passes here, a panic of the body too
		_ = f.Close()
		if !published {
			_ = b.root.Remove(temporary)
		}
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()
	if _, err := f.Write(header{sum, size}.encode()); err != nil {
		return refused(err)
	}
	// The two sides fail apart: what the body says is the caller's and passes as it is.
	source := &source{ctx: ctx, src: checksum.Exactly(body, size, sum)}
	n, err := io.Copy(f, source)
	if err != nil {
		if source.err != nil {
			return source.err
		}
		return refused(err)
	}
	if size == checksum.Unknown {
		if _, err := f.WriteAt(header{sum, n}.encode(), 0); err != nil {
			return refused(err)
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return refused(err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err = b.publish(temporary, key)
	published = err == nil
	return err
}

// publish gives a complete file its name for good.
func (b *Blobs) publish(temporary, key string) error {
	if err := b.root.Rename(temporary, path(key)); err != nil {
		return refused(err)
	}
	if err := b.sync(shard(key)); err != nil {
		// Whether the name survives a power cut is not known, so nobody may read it: the write has failed.
		_ = b.root.Remove(path(key))
		return refused(err)
	}
	return nil
}

// Open implements ports.Blobs.
func (b *Blobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	f, h, err := b.open(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	return &object{&source{ctx: ctx, src: checksum.Stored(f, h.size, h.sum)}, f}, h.size, nil
}

// OpenRange implements ports.Blobs.
func (b *Blobs) OpenRange(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	f, h, err := b.open(ctx, key)
	if err != nil {
		return nil, err
	}
	if _, err := f.Seek(min(offset, h.size), io.SeekCurrent); err != nil {
		_ = f.Close()
		return nil, refused(err)
	}
	return &object{&source{ctx: ctx, src: checksum.Complete(f, length)}, f}, nil
}

// open opens the file of an object at its first byte.
func (b *Blobs) open(ctx context.Context, key string) (*os.File, header, error) {
	if err := record.CheckKey(key); err != nil {
		return nil, header{}, err
	}
	if ctx.Err() != nil {
		return nil, header{}, context.Cause(ctx)
	}
	f, err := b.root.Open(path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, header{}, fault.Wrap(err, fault.NotFound, "There is no such object.")
	}
	if err != nil {
		return nil, header{}, refused(err)
	}
	h, err := readHeader(f)
	if err != nil {
		_ = f.Close()
		return nil, header{}, err
	}
	return f, h, nil
}

// Delete implements ports.Blobs. It also removes what an unfinished write of the key has left.
func (b *Blobs) Delete(ctx context.Context, key string) error {
	if err := record.CheckKey(key); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := b.deletePending(flat(key) + "~"); err != nil {
		return refused(err)
	}
	err := b.root.Remove(path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = b.sync(shard(key))
	}
	return refused(err)
}

func (b *Blobs) deletePending(prefix string) error {
	folder, err := b.root.Open(pending)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Close() }()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if err := b.root.Remove(pending + "/" + name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Name implements ports.Probe.
func (b *Blobs) Name() string { return "objects" }

// Check implements ports.Probe: the folders are there and can be read.
func (b *Blobs) Check(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	folder, err := b.root.Open(pending)
	if err != nil {
		return refused(err)
	}
	defer func() { _ = folder.Close() }()
	if _, err := folder.Readdirnames(1); err != nil && !errors.Is(err, io.EOF) {
		return refused(err)
	}
	return nil
}

// flat is the name of a key's file: the dot, which no key has, stands for the slash.
func flat(key string) string { return strings.ReplaceAll(key, "/", ".") }

func path(key string) string { return shard(key) + "/" + flat(key) }

func shard(key string) string { return fmt.Sprintf("%02x", sha256.Sum256([]byte(key))[0]) }

// sync makes the names in a folder survive a power cut.
func (b *Blobs) sync(folder string) error {
	f, err := b.root.Open(folder)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

func syncAndClose(folder *os.File) error {
	if runtime.GOOS == "windows" { // it has no such call: NTFS keeps its names in a journal of its own
		return folder.Close()
	}
	return errors.Join(folder.Sync(), folder.Close())
}

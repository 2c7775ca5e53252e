// Package flatvector is a search index in a folder: for one machine, with nothing to install. It looks at every point of
// a place, so that what it finds is exact.
//
// Each place is one file, a log of points that were added and deleted (log.go), of which each entry has a sum. A write is
// synced before it is acknowledged, so that it survives a power cut; what a crash tears is cut off by the next write. When
// most of a log is about points that are gone it is written anew and renamed. The places in use are held in memory
// (place.go), the others are read when somebody asks. Any number of processes may share the folder: who writes holds a
// lock, and who reads looks whether the file has changed.
//
// It imports domain and ports. Start at Open.
package flatvector

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/vector"
	"github.com/adiuva/cloud/ports"
)

var _ ports.VectorIndex = (*Index)(nil)

// shards is how many folders the logs are spread over. All are made when the index is opened.
const shards = 256

// DefaultCacheBytes is how much memory the places take that are not in use at the moment.
const DefaultCacheBytes = 256 << 20

// Index is a folder of logs. Close it when no call is under way any more.
type Index struct {
	root  *os.Root
	cache cache
}

// Open opens the index in dir and makes what is missing of it. Only the owner can read it. Places that were read stay in
// memory up to cacheBytes in all; 0 stands for DefaultCacheBytes.
func Open(dir string, cacheBytes int64) (*Index, error) {
	if err := os.MkdirAll(filepath.Clean(dir), 0o700); err != nil {
		return nil, refused(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, refused(err)
	}
	if err := prepare(root); err != nil {
		return nil, refused(errors.Join(err, root.Close()))
	}
	if cacheBytes <= 0 {
		cacheBytes = DefaultCacheBytes
	}
	return &Index{root: root, cache: newCache(cacheBytes)}, nil
}

// prepare makes the shards, so that they survive a power cut.
func prepare(root *os.Root) error {
	for i := range shards {
		if err := root.Mkdir(fmt.Sprintf("%02x", i), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return syncFolder(root, ".")
}

// Close lets go of the folder.
func (x *Index) Close() error { return x.root.Close() }

// nameOf is the log of a place. It tells nobody whose it is.
func nameOf(p vector.Place) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q/%s/%d", p.UserID, p.Space, p.Dimension))
	name := hex.EncodeToString(sum[:])
	return name[:2] + "/" + name[2:] + ".log"
}

// Upsert implements ports.VectorIndex.
func (x *Index) Upsert(ctx context.Context, p vector.Place, points []vector.Point) error {
	entries := make([]entry, 0, len(points))
	for _, point := range points {
		id, err := parseID(point.ID)
		if err != nil {
			return err
		}
		if len(point.Embedding) != p.Dimension {
			return fault.New(fault.Internal, "A point has another dimension than its place.")
		}
		entries = append(entries, entry{kind: added, id: id, embedding: point.Embedding})
	}
	return x.write(ctx, p, entries)
}

// Delete implements ports.VectorIndex.
func (x *Index) Delete(ctx context.Context, p vector.Place, pointIDs []string) error {
	entries := make([]entry, 0, len(pointIDs))
	for _, s := range pointIDs {
		id, err := parseID(s)
		if err != nil {
			return err
		}
		entries = append(entries, entry{kind: deleted, id: id})
	}
	return x.write(ctx, p, entries)
}

// write adds entries to the log of a place, those that would change nothing left out.
func (x *Index) write(ctx context.Context, p vector.Place, entries []entry) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	place := x.cache.take(p)
	defer x.cache.giveBack(place)
	place.mu.Lock()
	defer place.mu.Unlock()
	unlock, err := lockShard(x.root, place.name[:2])
	if err != nil {
		return refused(err)
	}
	defer unlock()
	if err := place.refresh(x.root); err != nil {
		return refused(err)
	}
	return refused(place.append(x.root, entries))
}

// Search implements ports.VectorIndex.
func (x *Index) Search(ctx context.Context, p vector.Place, query vector.Embedding, k int) ([]vector.Hit, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if len(query) != p.Dimension {
		return nil, fault.New(fault.Internal, "A search has another dimension than its place.")
	}
	place := x.cache.take(p)
	defer x.cache.giveBack(place)
	if err := place.current(x.root); err != nil {
		return nil, refused(err)
	}
	place.mu.RLock()
	defer place.mu.RUnlock()
	return place.search(ctx, query, k)
}

// parseID reads a UUID.
func parseID(s string) (id [16]byte, err error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(raw) != len(id) || formatID([16]byte(raw)) != s {
		return id, fault.New(fault.Internal, "A point has an id that is no UUID.")
	}
	return [16]byte(raw), nil
}

func formatID(id [16]byte) string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

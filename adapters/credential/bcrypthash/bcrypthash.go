// Package bcrypthash hashes passwords with bcrypt, a bounded number at a time: a flood of logins takes its own share of
// the processors and leaves the rest of the server alone.
//
// It imports domain, ports, x/crypto/bcrypt and x/sync/semaphore. Start at Hasher.
package bcrypthash

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sync/semaphore"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/ports"
)

var _ ports.Hasher = (*Hasher)(nil)

// DefaultWait is how long a caller waits for a place unless told otherwise.
const DefaultWait = 2 * time.Second

// Hasher is bcrypt in a bounded pool.
type Hasher struct {
	cost    int
	wait    time.Duration
	places  int
	slots   *semaphore.Weighted
	taken   atomic.Int64
	waiting atomic.Int64

	// bcrypt's own, or a test's that counts
	generate func(password []byte, cost int) ([]byte, error)
	compare  func(hash, password []byte) error
}

// New makes hashes of a cost of 4 to 31, where each step doubles the work. parallel is how many run at once; 0 is half
// the processors, at least one. wait is how long a caller waits for a place; 0 is DefaultWait.
func New(cost, parallel int, wait time.Duration) (*Hasher, error) {
	if cost < bcrypt.MinCost || cost > bcrypt.MaxCost {
		return nil, fmt.Errorf("the cost of bcrypt must be %d to %d, not %d", bcrypt.MinCost, bcrypt.MaxCost, cost)
	}
	if parallel <= 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if wait <= 0 {
		wait = DefaultWait
	}
	return &Hasher{
		cost: cost, wait: wait, places: parallel, slots: semaphore.NewWeighted(int64(parallel)),
		generate: bcrypt.GenerateFromPassword, compare: bcrypt.CompareHashAndPassword,
	}, nil
}

// Hash implements ports.Hasher.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if password == "" || len(password) > account.MaxPasswordBytes {
		return "", fault.Invalid("password", "must be 1 to 72 bytes")
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := h.generate([]byte(password), h.cost)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "The password could not be stored. Try again.")
	}
	return string(hash), nil
}

// Verify implements ports.Hasher. A hash of a lower cost is followed by as much work as it lacks, so that accounts whose
// hash is out of date take no less time than those that do not exist.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, outdated bool, err error) {
	known, cost := hash != "", h.cost
	if !known {
		hash = decoy(h.cost)
	} else if cost, err = bcrypt.Cost([]byte(hash)); err != nil {
		return false, false, fault.Wrap(err, fault.Internal, "The password could not be checked.")
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	// bcrypt would compare the first 72 bytes of a longer password, and say that it matches.
	whole := len(password) <= account.MaxPasswordBytes
	input := []byte(password[:min(len(password), account.MaxPasswordBytes)])
	err = h.compare([]byte(hash), input)
	if err != nil && !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return false, false, fault.Wrap(err, fault.Internal, "The password could not be checked.")
	}
	for c := cost; c < h.cost; c++ { // 2^c + ... + 2^(h.cost-1) = 2^h.cost - 2^c
		_ = h.compare([]byte(decoy(c)), input)
	}
	return err == nil && known && whole, known && cost != h.cost, nil
}

// enter takes a place in the pool, and gives the function that leaves it.
func (h *Hasher) enter(ctx context.Context) (leave func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	waiting, cancel := context.WithTimeout(ctx, h.wait)
	defer cancel()
	h.waiting.Add(1)
	err = h.slots.Acquire(waiting, 1)
	h.waiting.Add(-1)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fault.Wrap(err, fault.Unavailable, "Too many people are logging in right now. Try again in a moment.").
			RetryAfter(h.wait)
	}
	h.taken.Add(1)
	return func() {
		h.taken.Add(-1)
		h.slots.Release(1)
	}, nil
}

// Load is how busy the pool is: how many places it has, how many of them are taken, and how many callers wait for one.
func (h *Hasher) Load() (places, taken, waiting int) {
	return h.places, int(h.taken.Load()), int(h.waiting.Load())
}

// decoy is a well-formed hash of a cost that stands for nobody: to compare with it is the same work as with a real one.
func decoy(cost int) string {
	return fmt.Sprintf("$2a$%02d$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", cost)
}

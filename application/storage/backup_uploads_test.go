package storage_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

func TestUploadsSideBySideCannotShareTheRoom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const size, fit, many = 1000, 3, 12
	d.fillBackups(t, ada, fit*size+size/2)
	begun := sync.WaitGroup{}
	begun.Add(many)
	codes := make(chan fault.Code, many)
	for i := range many {
		go func() {
			content := strings.Repeat(fmt.Sprint(i%10), size)
			in := saving(ada, content)
			if i%2 == 0 {
				in.SizeBytes = checksum.Unknown
			}
			in.Body = io.MultiReader(strings.NewReader(content[:1]), readerFunc(func([]byte) (int, error) { // all have begun before one ends
				begun.Done()
				begun.Wait()
				return 0, io.EOF
			}), strings.NewReader(content[1:]))
			_, err := d.save(context.Background(), in)
			codes <- fault.CodeOf(err)
		}()
	}
	got := map[fault.Code]int{}
	for range many {
		got[<-codes]++
	}
	assert.Equal(t, map[fault.Code]int{"": fit, fault.QuotaExceeded: many - fit}, got)
	assert.Len(t, d.restored(t, ada), fit)
	d.clock.Advance(record.IntentLifetime)
	_, err := d.sweep(t.Context())
	require.NoError(t, err)
	assert.Len(t, d.objects.Keys(), fit)
}

func TestAnUploadMayTakeManyTimesAsLongAsAnIntentLives(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := strings.Repeat("slow", 40)
	reads := 0
	slowly := func(each time.Duration) storage.StoreBackupInput {
		in := saving(ada, content)
		src := iotest.OneByteReader(in.Body)
		in.Body = readerFunc(func(p []byte) (int, error) {
			reads++
			d.clock.Advance(each)
			_, err := d.sweep(t.Context())
			require.NoError(t, err)
			return src.Read(p)
		})
		return in
	}
	_, err := d.save(t.Context(), slowly(5*time.Minute)) // 13 hours
	require.NoError(t, err)
	assert.Equal(t, []string{content}, d.restored(t, ada))
	reads = 0
	_, err = d.save(t.Context(), slowly(record.IntentLifetime))
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, 1, reads, "nobody sends for hours what was given up")
	assert.Equal(t, []string{content}, d.restored(t, ada), "one that rests for too long is given up, and its object is gone or garbage")
	d.assertSound(t, ada)
	d.assertClean(t, ada)
}

// moody is a database that does not answer to some units, counted from 1.
type moody struct {
	ports.StorageWork
	units int
	fails func(unit int) bool
}

func (w *moody) Do(ctx context.Context, fn func(context.Context, ports.StorageTx) error) error {
	if w.units++; w.fails(w.units) {
		return fault.New(fault.Unavailable, "The database cannot be reached.")
	}
	return w.StorageWork.Do(ctx, fn)
}

func TestADatabaseThatDoesNotAnswerForAWhileDoesNotEndALongUpload(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	sweeper := *d
	content := strings.Repeat("slow", 40)
	in := saving(ada, content)
	src := iotest.OneByteReader(in.Body)
	in.Body = readerFunc(func(p []byte) (int, error) {
		d.clock.Advance(time.Minute)
		_, err := sweeper.sweep(t.Context())
		require.NoError(t, err)
		return src.Read(p)
	})
	work := &moody{StorageWork: d.work, fails: func(unit int) bool { return unit > 1 && unit%3 != 0 && unit < 12 }}
	d.work = work
	_, err := d.save(t.Context(), in)
	require.NoError(t, err)
	assert.Greater(t, work.units, 12)
	assert.Equal(t, []string{content}, d.restored(t, ada))
}

func TestAnUploadEndsWhenTheRoomIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	content := strings.Repeat("x", 1000)
	in := saving(ada, content)
	reads := 0
	in.Body = readerFunc(func(p []byte) (int, error) {
		if reads++; reads == 2 {
			d.fillBackups(t, ada, 500)
		}
		d.clock.Advance(record.IntentLifetime / 2)
		return copy(p, "x"), nil
	})
	_, err := d.save(t.Context(), in)
	assertCode(t, fault.QuotaExceeded, err)
	assert.Less(t, reads, 5, "it is told when the intent is renewed, and not at the end")
}

package storage_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
	"github.com/adiuva/cloud/ports"
)

// slowBlobs lets something happen before a put or an open reaches the store, and after a put.
type slowBlobs struct {
	ports.Blobs
	before, after func()
}

func (b slowBlobs) Put(ctx context.Context, key string, body io.Reader, size int64, sum checksum.Sum) error {
	b.before()
	defer b.after()
	return b.Blobs.Put(ctx, key, body, size, sum)
}

func (b slowBlobs) Open(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	b.before()
	return b.Blobs.Open(ctx, key)
}

func nothing() {}

func TestAWriteSlowerThanItsIntentIsGivenUp(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	slow := *d
	slow.blobs = slowBlobs{d.objects, func() {
		d.clock.Advance(record.IntentLifetime)
		out, err := d.sweep(t.Context())
		require.NoError(t, err)
		require.Positive(t, out.Deleted)
	}, nothing}
	_, err = slow.store(t.Context(), create(ada, "", "late"))
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, int64(1), fault.From(err).Details["retry_after"])
	_, err = slow.update(t.Context(), replace(ada, mine, "late"))
	assertCode(t, fault.Unavailable, err)
	assert.Equal(t, map[string]string{mine: "first"}, d.contents(t, ada))
	p := d.assertSound(t, ada)
	assert.Len(t, p.Garbage, 1, "the object that came late is listed again; the sweep took the one before")
	d.assertClean(t, ada)
}

func TestAClientThatLeavesInTheMiddleLosesNothing(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]func(cancel func()) slowBlobs{
		"before the object is stored": func(cancel func()) slowBlobs { return slowBlobs{before: cancel, after: nothing} },
		"after the object is stored":  func(cancel func()) slowBlobs { return slowBlobs{before: nothing, after: cancel} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			_, err := d.store(t.Context(), create(ada, mine, "first"))
			require.NoError(t, err)
			for _, run := range []func(ctx context.Context, d *desk) error{
				func(ctx context.Context, d *desk) error {
					_, err := d.store(ctx, create(ada, "", "new"))
					return err
				},
				func(ctx context.Context, d *desk) error {
					_, err := d.update(ctx, replace(ada, mine, "second"))
					return err
				},
			} {
				ctx, cancel := context.WithCancel(t.Context())
				t.Cleanup(cancel)
				slow := *d
				blobs := when(cancel)
				blobs.Blobs = d.objects
				slow.blobs = blobs
				require.ErrorIs(t, run(ctx, &slow), context.Canceled)
				assert.Equal(t, map[string]string{mine: "first"}, d.contents(t, ada))
				d.assertSound(t, ada)
			}
			for key, due := range d.look(t, ada).Garbage {
				if name == "after the object is stored" {
					assert.Equal(t, start, due, "what is certainly unused is due at once: "+key)
				}
			}
			d.assertClean(t, ada)
		})
	}
}

func TestWhatAnotherDeviceDidDuringTheTransferCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		then func(d *desk) error
		want fault.Code
	}{
		{"updated", func(d *desk) error {
			_, err := d.update(context.Background(), replace(ada, mine, "theirs"))
			return err
		}, fault.PreconditionFailed},
		{"deleted", func(d *desk) error {
			return d.delete(context.Background(), storage.DeleteRecordInput{UserID: ada, ID: mine})
		}, fault.NotFound},
		{"filled", func(d *desk) error {
			d.fill(t, ada, 3)
			return nil
		}, fault.QuotaExceeded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			first, err := d.store(t.Context(), create(ada, mine, "first"))
			require.NoError(t, err)
			slow := *d
			slow.blobs = slowBlobs{d.objects, func() { require.NoError(t, c.then(d)) }, nothing}
			in := replace(ada, mine, "my longer version")
			in.IfMatch = first.ETag()
			before := d.contents(t, ada)
			_, err = slow.update(t.Context(), in)
			assertCode(t, c.want, err)
			after := d.contents(t, ada)
			assert.NotEqual(t, "my longer version", after[mine])
			if c.want == fault.QuotaExceeded {
				assert.Equal(t, before, after)
				return
			}
			d.assertSound(t, ada)
			d.assertClean(t, ada)
			assert.Equal(t, after, d.contents(t, ada))
		})
	}
}

func TestAReaderThatIsOvertakenGetsTheNewVersion(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, err := d.store(t.Context(), create(ada, mine, "first"))
	require.NoError(t, err)
	slow, overtaken := *d, false
	slow.blobs = slowBlobs{d.objects, func() {
		if overtaken {
			return
		}
		overtaken = true
		_, err := d.update(t.Context(), replace(ada, mine, "second"))
		require.NoError(t, err)
		d.clock.Advance(record.ReaderGrace + time.Second)
		_, err = d.sweep(t.Context())
		require.NoError(t, err)
	}, nothing}
	m, got, err := slow.read(t.Context(), ada, mine)
	require.NoError(t, err)
	assert.Equal(t, "second", string(got))
	assert.Equal(t, checksum.Of(got), m.Checksum)
}

package integration

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/test/harness"
)

// device is an app that works offline: it changes its own copy of the records, and at times sends what it changed and
// takes what others did. Who comes second loses: a change that was made to a version that is not the server's any more is
// dropped for the server's.
type device struct {
	name    string
	client  *harness.Client
	rand    *rand.Rand
	ids     []string // that every device makes records under, so that they meet
	records map[string]local
	bases   map[string]string // the etag of the version that the device has, or had before it changed it, by id
	changed map[string]bool   // not sent yet
	cursor  string
	writes  int
	lost    int // changes that were dropped
}

// local is a record as the device has it. One that is deleted is not there.
type local struct {
	table, blob string
}

func newDevice(name string, user *harness.Client, base string, seed uint64, ids []string) *device {
	c := *user
	c.Base = base
	return &device{name: name, client: &c, rand: rand.New(rand.NewPCG(seed, 1)), ids: ids,
		records: map[string]local{}, bases: map[string]string{}, changed: map[string]bool{}}
}

// work makes one change to the device's own copy.
func (d *device) work() {
	d.writes++
	id := d.ids[d.rand.IntN(len(d.ids))]
	blob := fmt.Sprintf("%s wrote %d %x", d.name, d.writes, d.rand.Uint64())
	record, there := d.records[id]
	switch n := d.rand.IntN(10); {
	case !there:
		d.records[id] = local{[]string{"notes", "tasks"}[d.rand.IntN(2)], blob}
	case n < 3:
		delete(d.records, id)
	default:
		record.blob = blob
		d.records[id] = record
	}
	d.changed[id] = true
}

// operation is what would make the server's copy of a record the device's; nil if there is nothing to do.
func (d *device) operation(id string) map[string]any {
	record, there := d.records[id]
	base := d.bases[id]
	if !there {
		if base == "" {
			return nil // made and deleted before anybody saw it
		}
		return map[string]any{"op": "delete", "id": id, "if_match": base}
	}
	op := map[string]any{"id": id, "blob": base64.StdEncoding.EncodeToString([]byte(record.blob)), "checksum": checksum.Of([]byte(record.blob)).String()}
	if base == "" {
		op["op"], op["table"] = "create", record.table
	} else {
		op["op"], op["if_match"] = "update", base
	}
	return op
}

// sync sends what was changed and takes what others did.
func (d *device) sync(ctx context.Context) error {
	if err := d.push(ctx); err != nil {
		return err
	}
	return d.pull(ctx)
}

// push sends every change, alone or in batches.
func (d *device) push(ctx context.Context) error {
	var ids []string
	var operations []any
	for id := range d.changed {
		op := d.operation(id)
		if op == nil {
			delete(d.changed, id)
			continue
		}
		if ids, operations = append(ids, id), append(operations, op); len(ids) == 100 {
			break
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if len(ids) > 3 {
		if err := d.pushBatch(ctx, ids, operations); err != nil {
			return err
		}
		return d.push(ctx) // of what is left there are fewer
	}
	for i, id := range ids {
		if err := d.pushOne(ctx, id, operations[i].(map[string]any)); err != nil {
			return err
		}
	}
	return nil
}

func (d *device) pushBatch(ctx context.Context, ids []string, operations []any) error {
	body := map[string]any{"operations": operations}
	a, err := d.client.Try(ctx, http.MethodPost, "/storage/records/batch", body, "Idempotency-Key", uuid.NewString())
	if err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("a batch was answered with %d %s: %w", a.Status, a.Body, err)
	}
	var out struct {
		Results []struct {
			Status int
			ETag   string
		}
	}
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return err
	}
	for i, r := range out.Results {
		if err := d.sent(ids[i], r.Status, r.ETag); err != nil {
			return err
		}
	}
	return nil
}

func (d *device) pushOne(ctx context.Context, id string, op map[string]any) error {
	blob := []byte(d.records[id].blob)
	headers := []string{"Content-Type", "application/octet-stream", "X-Checksum", checksum.Of(blob).String()}
	if base := d.bases[id]; base != "" {
		headers = append(headers, "If-Match", base)
	}
	var a harness.Answer
	var err error
	switch op["op"] {
	case "create":
		a, err = d.client.Try(ctx, http.MethodPost, "/storage/records?table="+d.records[id].table+"&id="+id, blob, headers...)
	case "update":
		a, err = d.client.Try(ctx, http.MethodPut, "/storage/records/"+id, blob, headers...)
	default:
		a, err = d.client.Try(ctx, http.MethodDelete, "/storage/records/"+id, nil, headers[4:]...)
	}
	if err != nil {
		return err
	}
	return d.sent(id, a.Status, a.Header.Get("ETag"))
}

// sent is what the server said to a change. A refusal says that another device was first: the feed will tell with what.
func (d *device) sent(id string, status int, etag string) error {
	switch status {
	case http.StatusOK, http.StatusCreated:
		if _, there := d.records[id]; there {
			d.bases[id] = etag
		} else {
			delete(d.bases, id)
		}
	case http.StatusPreconditionFailed, http.StatusNotFound, http.StatusConflict:
		d.lost++
		d.bases[id] = "" // whatever there is, it is not what the device has
		delete(d.records, id)
	default:
		return fmt.Errorf("a change was answered with %d", status)
	}
	delete(d.changed, id)
	return nil
}

// page is one answer of the feed.
type page struct {
	Changes []struct {
		Seq     int64
		ID      string
		Table   string
		Deleted bool
		ETag    string
	}
	NextCursor string `json:"next_cursor"`
	HasMore    bool   `json:"has_more"`
}

func readPage(ctx context.Context, c *harness.Client, cursor, table string, limit int) (p page, err error) {
	q := url.Values{"cursor": {cursor}, "limit": {strconv.Itoa(limit)}}
	if table != "" {
		q.Set("table", table)
	}
	a, err := c.Try(ctx, http.MethodGet, "/storage/changes?"+q.Encode(), nil)
	if err != nil || a.Status != http.StatusOK {
		return page{}, fmt.Errorf("the feed answered %d %s: %w", a.Status, a.Body, err)
	}
	err = json.Unmarshal(a.Body, &p)
	return p, err
}

// pull reads the feed to its end.
func (d *device) pull(ctx context.Context) error {
	for {
		p, err := readPage(ctx, d.client, d.cursor, "", 1+d.rand.IntN(200))
		if err != nil {
			return err
		}
		for _, c := range p.Changes {
			if c.Deleted {
				d.gone(c.ID)
			} else if err := d.take(ctx, c.ID, c.Table, c.ETag); err != nil {
				return err
			}
		}
		if d.cursor = p.NextCursor; !p.HasMore {
			return nil
		}
	}
}

// gone drops a record, and with it a change that was made to it; not one that was made anew under its id.
func (d *device) gone(id string) {
	if d.bases[id] == "" {
		return
	}
	if d.changed[id] {
		d.lost++
	}
	delete(d.bases, id)
	delete(d.records, id)
	delete(d.changed, id)
}

// take gets a version that the device does not have. It may be a newer one by now, or gone: then the feed will say so.
func (d *device) take(ctx context.Context, id, table, etag string) error {
	if d.bases[id] == etag {
		if record, there := d.records[id]; there {
			record.table = table // of a record that was made anew since the feed told of the one before
			d.records[id] = record
		}
		return nil
	}
	a, err := d.client.Try(ctx, http.MethodGet, "/storage/records/"+id, nil)
	if err != nil {
		return err
	}
	switch a.Status {
	case http.StatusNotFound:
		return nil
	case http.StatusOK:
		if d.changed[id] {
			d.lost++
		}
		d.records[id], d.bases[id] = local{table, string(a.Body)}, a.Header.Get("ETag")
		delete(d.changed, id)
		return nil
	default:
		return fmt.Errorf("a record of the feed was answered with %d", a.Status)
	}
}

package httpapi

import (
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

type withFeedQuery struct {
	Cursor string `query:"cursor" maxLength:"100" doc:"The next_cursor of an earlier answer. Without it the feed is read from the start: everything that there is."`
	Table  string `query:"table" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"Only the changes of this table. Keep a cursor for each table that is read alone."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Changes in one answer."`
}

// changes is the feed that devices sync from.
func (a *API) changes() {
	route(a, operation{
		id: "listChanges", method: http.MethodGet, path: "/storage/changes", tag: "storage", status: http.StatusOK, class: noBody,
		summary: "What has changed since a device last asked",
		description: "Deletions stay in the feed for 90 days. A cursor that has missed one answers 410: then read from the start, without a cursor, " +
			"and drop every record that is not in the feed.",
		fails: []fault.Code{fault.CursorExpired},
	}, a.useCases.Storage.ListChanges, func(c call, r withFeedQuery) storage.ListChangesInput {
		return storage.ListChangesInput{UserID: c.UserID, Cursor: r.Cursor, Table: r.Table, Limit: r.Limit}
	}, func(o storage.ListChangesOutput) contract.Changes {
		out := contract.Changes{Changes: make([]contract.Change, 0, len(o.Changes)), NextCursor: o.NextCursor, HasMore: o.HasMore}
		for _, c := range o.Changes {
			out.Changes = append(out.Changes, change(c))
		}
		return out
	})
}

func change(c record.Change) contract.Change {
	out := contract.Change{Seq: c.Seq, ID: c.RecordID, Table: c.Table.String(), Deleted: c.Deleted, UpdatedAt: millis(c.At)}
	if m := c.Record; m != nil {
		out.Checksum, out.ETag, out.SizeBytes, out.CreatedAt = m.Checksum.String(), m.ETag(), &m.SizeBytes, new(millis(m.CreatedAt))
	}
	return out
}

// usage is how much a user keeps and may keep.
func (a *API) usage() {
	room := func(r storage.Room) contract.StorageRoom {
		return contract.StorageRoom{UsedBytes: r.UsedBytes, LimitBytes: int64(r.Limit)}
	}
	route(a, operation{
		id: "getUsage", method: http.MethodGet, path: "/storage/usage", tag: "storage", status: http.StatusOK, class: noBody,
		summary: "How much the user keeps and may keep",
	}, a.useCases.Storage.GetUsage, func(c call, _ struct{}) storage.GetUsageInput {
		return storage.GetUsageInput{UserID: c.UserID}
	}, func(o storage.GetUsageOutput) contract.StorageUsage {
		return contract.StorageUsage{Records: room(o.Records), Backups: room(o.Backups)}
	})
}

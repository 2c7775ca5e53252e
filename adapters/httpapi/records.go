package httpapi

import (
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/record"
)

type withRecord struct {
	Body     contract.StorageRecordCreate
	Bytes    []byte
	Table    string `query:"table" for:"bytes" required:"true" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"With application/octet-stream, required: the app's table that the record belongs to."`
	ID       string `query:"id" for:"bytes" pattern:"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$" doc:"With application/octet-stream: a UUID of the client's choice; the server makes one without it."`
	Checksum string `header:"X-Checksum" for:"bytes" required:"true" pattern:"^[0-9a-fA-F]{64}$" doc:"With application/octet-stream, required: the SHA-256 of the body in hexadecimal digits."`
}

func (r withRecord) input(c call) storage.StoreBlobInput {
	in := storage.StoreBlobInput{UserID: c.UserID, Table: r.Body.Table, ID: r.Body.ID, Blob: r.Body.Blob, Checksum: r.Body.Checksum}
	if r.Bytes != nil {
		in = storage.StoreBlobInput{UserID: c.UserID, Table: r.Table, ID: r.ID, Blob: r.Bytes, Checksum: r.Checksum}
	}
	in.NewID, in.Again = c.retry.newID, c.retry.again
	return in
}

type withRecordID struct {
	ID          string `path:"id" format:"uuid" doc:"The record, by its id."`
	IfNoneMatch string `header:"If-None-Match" doc:"An ETag that the client has: answers 304 if it is current."`
}

type withRecordUpdate struct {
	ID       string `path:"id" format:"uuid" doc:"The record, by its id."`
	IfMatch  string `header:"If-Match" doc:"Only if the record still has this ETag; 412 if another device was first."`
	Body     contract.StorageRecordUpdate
	Bytes    []byte
	Checksum string `header:"X-Checksum" for:"bytes" required:"true" pattern:"^[0-9a-fA-F]{64}$" doc:"With application/octet-stream, required: the SHA-256 of the body in hexadecimal digits."`
}

func (r withRecordUpdate) input(userID string) storage.UpdateBlobInput {
	if r.Bytes != nil {
		return storage.UpdateBlobInput{UserID: userID, ID: r.ID, Blob: r.Bytes, Checksum: r.Checksum, IfMatch: r.IfMatch}
	}
	return storage.UpdateBlobInput{UserID: userID, ID: r.ID, Blob: r.Body.Blob, Checksum: r.Body.Checksum, IfMatch: r.IfMatch}
}

type withRecordDeletion struct {
	ID      string `path:"id" format:"uuid" doc:"The record, by its id."`
	IfMatch string `header:"If-Match" doc:"Only if the record still has this ETag; 412 if another device was first."`
}

type withRecordQuery struct {
	Table string `query:"table" pattern:"^[a-z][a-z0-9_]{0,62}$" doc:"Only the records of this table."`
	Page  int    `query:"page" minimum:"1" maximum:"10000" default:"1" doc:"From 1."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Records on a page."`
}

func recordMeta(m record.Meta) contract.RecordMeta {
	return contract.RecordMeta{ID: m.ID, Table: m.Table.String(), Checksum: m.Checksum.String(), SizeBytes: m.SizeBytes, ETag: m.ETag(),
		CreatedAt: millis(m.CreatedAt), UpdatedAt: millis(m.UpdatedAt)}
}

// records are the routes under /storage/records.
func (a *API) records() {
	uc := a.useCases.Storage
	route(a, operation{
		id: "createRecord", method: http.MethodPost, path: "/storage/records", tag: "storage", status: http.StatusCreated, class: recordBody, retriable: true,
		summary:     "Store an encrypted record",
		description: "As JSON, or as the bytes alone, which saves the third that base64 adds.",
		fails:       []fault.Code{fault.ChecksumMismatch, fault.TierRequired, fault.QuotaExceeded, fault.IDExists, fault.StorageFull},
	}, uc.StoreBlob, func(c call, r withRecord) storage.StoreBlobInput {
		return r.input(c)
	}, func(o storage.StoreBlobOutput) contract.StorageRecordCreated {
		return contract.StorageRecordCreated{ID: o.Record.ID, CreatedAt: millis(o.Record.CreatedAt), ETag: o.Record.ETag(), ETagAgain: o.Record.ETag()}
	})
	route(a, operation{
		id: "listRecords", method: http.MethodGet, path: "/storage/records", tag: "storage", status: http.StatusOK, class: noBody,
		summary: "The user's records, without their bytes, the oldest first",
	}, uc.ListRecords, func(c call, r withRecordQuery) storage.ListRecordsInput {
		return storage.ListRecordsInput{UserID: c.UserID, Table: r.Table, Page: r.Page, Limit: r.Limit}
	}, func(o storage.ListRecordsOutput) []contract.RecordMeta {
		out := make([]contract.RecordMeta, 0, len(o.Records))
		for _, m := range o.Records {
			out = append(out, recordMeta(m))
		}
		return out
	})
	a.record()
}

// record are the routes about one record.
func (a *API) record() {
	uc := a.useCases.Storage
	routeStream(a, operation{
		id: "readRecord", method: http.MethodGet, path: "/storage/records/{id}", tag: "storage", status: http.StatusOK, class: streamAnswer,
		summary: "The encrypted bytes of a record",
	}, streamed{
		mediaType: "application/octet-stream", cached: true, description: "The bytes, verified before the answer begins.",
		headers: map[string]string{"X-Checksum": "The SHA-256 of the bytes.", "ETag": "The version of the record."},
	}, uc.ReadBlob, func(c call, r withRecordID) storage.ReadBlobInput {
		return storage.ReadBlobInput{UserID: c.UserID, ID: r.ID, IfNoneMatch: r.IfNoneMatch}
	}, func(o storage.ReadBlobOutput) answer {
		return answer{
			current: o.Current, mediaType: "application/octet-stream", size: o.Record.SizeBytes, body: o.Body,
			headers: map[string]string{
				"ETag": o.Record.ETag(), "X-Checksum": o.Record.Checksum.String(), "Content-Disposition": "attachment",
				"Cache-Control": "private, no-cache", // may be kept, must be asked for
			},
		}
	})
	route(a, operation{
		id: "updateRecord", method: http.MethodPut, path: "/storage/records/{id}", tag: "storage", status: http.StatusOK, class: recordBody,
		summary:     "Replace the bytes of a record",
		description: "As JSON, or as the bytes alone, which saves the third that base64 adds.",
		fails:       []fault.Code{fault.ChecksumMismatch, fault.TierRequired, fault.QuotaExceeded, fault.PreconditionFailed, fault.StorageFull},
	}, uc.UpdateBlob, func(c call, r withRecordUpdate) storage.UpdateBlobInput {
		return r.input(c.UserID)
	}, func(o storage.UpdateBlobOutput) contract.StorageRecordUpdated {
		return contract.StorageRecordUpdated{OK: true, ETag: o.Record.ETag(), UpdatedAt: millis(o.Record.UpdatedAt), ETagAgain: o.Record.ETag()}
	})
	route(a, operation{
		id: "deleteRecord", method: http.MethodDelete, path: "/storage/records/{id}", tag: "storage", status: http.StatusOK, class: noBody,
		summary: "Delete a record", fails: []fault.Code{fault.PreconditionFailed},
	}, uc.DeleteRecord, func(c call, r withRecordDeletion) storage.DeleteRecordInput {
		return storage.DeleteRecordInput{UserID: c.UserID, ID: r.ID, IfMatch: r.IfMatch}
	}, done)
}

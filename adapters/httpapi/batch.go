package httpapi

import (
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/fault"
)

type withBatch struct{ Body contract.StorageBatch }

// batch writes many records in one call.
func (a *API) batch() {
	routeParts(a, operation{
		id: "batchRecords", method: http.MethodPost, path: "/storage/records/batch", tag: "storage", status: http.StatusOK, class: batchBody, retriable: true,
		summary: "Create, replace and delete many records",
		description: "Each operation succeeds or fails alone, with the status and the problem that its own route would have answered. What succeeds " +
			"becomes visible at one moment. A mistake in the form of any operation refuses all of them.",
	}, a.useCases.Storage.BatchRecords, func(c call, r withBatch) storage.BatchRecordsInput {
		in := storage.BatchRecordsInput{UserID: c.UserID, NewIDs: c.retry.newID, Again: c.retry.again,
			Operations: make([]storage.Operation, 0, len(r.Body.Operations))}
		for _, o := range r.Body.Operations {
			in.Operations = append(in.Operations, storage.Operation{
				Op: storage.Op(o.Op), ID: o.ID, Table: o.Table, Blob: o.Blob, Checksum: o.Checksum, IfMatch: o.IfMatch,
			})
		}
		return in
	}, func(requestID string, o storage.BatchRecordsOutput) contract.StorageBatchResults {
		out := contract.StorageBatchResults{Results: make([]contract.StorageBatchResult, 0, len(o.Results))}
		for _, r := range o.Results {
			if r.Err != nil {
				middleware.LogFault(a.log, requestID, r.Err)
			}
			out.Results = append(out.Results, batchResult(requestID, r))
		}
		return out
	})
}

func batchResult(requestID string, r storage.BatchResult) contract.StorageBatchResult {
	if r.Err != nil {
		p := problemOf(fault.From(r.Err), requestID)
		return contract.StorageBatchResult{Status: p.Status, ID: r.Record.ID, Error: &p}
	}
	out := contract.StorageBatchResult{Status: http.StatusOK, ID: r.Record.ID}
	if r.Op == storage.Create {
		out.Status = http.StatusCreated
	}
	if r.Op != storage.Delete {
		out.ETag, out.CreatedAt, out.UpdatedAt = r.Record.ETag(), new(millis(r.Record.CreatedAt)), new(millis(r.Record.UpdatedAt))
	}
	return out
}

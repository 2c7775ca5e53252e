package httpapi

import (
	"fmt"
	"net/http"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/domain/backup"
	"github.com/adiuva/cloud/domain/fault"
)

type withBackup struct {
	Version   string `header:"X-Backup-Version" required:"true" minLength:"1" maxLength:"64" doc:"The client's own word for what is in it: visible ASCII, given back as it is." example:"1.4.2"`
	Timestamp string `header:"X-Backup-Timestamp" required:"true" pattern:"^[0-9]{1,15}$" doc:"When the client made it, in milliseconds since the Unix epoch." example:"1767225600000"`
	Checksum  string `header:"X-Backup-Checksum" required:"true" pattern:"^[0-9a-fA-F]{64}$" doc:"The SHA-256 of the body in hexadecimal digits. If it does not match nothing is stored."`
}

// conditional are the headers that ask for less than all of a backup.
type conditional struct {
	ifNoneMatch, ifModifiedSince, ranged, ifRange string
}

type withLatestBackup struct {
	IfNoneMatch     string `header:"If-None-Match" doc:"An ETag that the client has: answers 304 if it is the newest backup's."`
	IfModifiedSince string `header:"If-Modified-Since" doc:"A date of HTTP: answers 304 if no backup was completed since. Not looked at beside If-None-Match."`
	Range           string `header:"Range" doc:"One range of bytes, to go on with a download: answers 206. Several are answered with all." example:"bytes=1048576-"`
	IfRange         string `header:"If-Range" doc:"The ETag, or the Last-Modified, of the download that goes on: if there is another backup by now all of that is sent."`
}

type withBackupID struct {
	ID              string `path:"id" format:"uuid" doc:"The backup, by its id."`
	IfNoneMatch     string `header:"If-None-Match" doc:"An ETag that the client has: answers 304."`
	IfModifiedSince string `header:"If-Modified-Since" doc:"A date of HTTP: answers 304 if the backup was completed before. Not looked at beside If-None-Match."`
	Range           string `header:"Range" doc:"One range of bytes, to go on with a download: answers 206. Several are answered with all." example:"bytes=1048576-"`
	IfRange         string `header:"If-Range" doc:"The ETag, or the Last-Modified, of the download that goes on."`
}

type withBackupDeletion struct {
	ID string `path:"id" format:"uuid" doc:"The backup, by its id."`
}

type withBackupQuery struct {
	Page  int `query:"page" minimum:"1" maximum:"10000" default:"1" doc:"From 1."`
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Backups on a page."`
}

// backups are the routes under /backup.
func (a *API) backups() {
	uc := a.useCases.Storage
	routeUpload(a, operation{
		id: "storeBackup", method: http.MethodPut, path: "/backup", tag: "backup", status: http.StatusOK, class: backupBody,
		summary: "Store an encrypted backup",
		description: "The body may take hours, as long as bytes come at least once a minute. The backup appears when all of it has arrived and has the " +
			"checksum. One that is declared larger than the room left is refused before its body is read.",
		fails: []fault.Code{fault.ChecksumMismatch, fault.TierRequired, fault.QuotaExceeded, fault.StorageFull},
	}, uc.StoreBackup, func(c call, r withBackup, body *incoming) storage.StoreBackupInput {
		return storage.StoreBackupInput{UserID: c.UserID, Version: r.Version, Timestamp: r.Timestamp, Checksum: r.Checksum, SizeBytes: body.size, Body: body}
	}, func(o storage.StoreBackupOutput) contract.BackupStored {
		m := o.Backup
		return contract.BackupStored{OK: true, ID: m.ID, Checksum: m.Checksum.String(), SizeBytes: m.SizeBytes, ChunkCount: m.ChunkCount(),
			CreatedAt: millis(m.CreatedAt), ETag: m.ETag(), ETagAgain: m.ETag()}
	})
	routeStream(a, downloads(operation{id: "readLatestBackup", path: "/backup", summary: "The newest backup", fails: []fault.Code{fault.NotFound}}),
		backupDownload, uc.ReadBackup, func(c call, r withLatestBackup) storage.ReadBackupInput {
			return conditional{r.IfNoneMatch, r.IfModifiedSince, r.Range, r.IfRange}.of(c.UserID, "")
		}, backupAnswer)
	route(a, operation{
		id: "listBackups", method: http.MethodGet, path: "/backup/history", tag: "backup", status: http.StatusOK, class: noBody,
		summary: "The user's backups, the newest first",
	}, uc.ListBackups, func(c call, r withBackupQuery) storage.ListBackupsInput {
		return storage.ListBackupsInput{UserID: c.UserID, Page: r.Page, Limit: r.Limit}
	}, func(o storage.ListBackupsOutput) []contract.BackupMetadata {
		out := make([]contract.BackupMetadata, 0, len(o.Backups))
		for _, m := range o.Backups {
			out = append(out, backupMetadata(m))
		}
		return out
	})
	routeStream(a, downloads(operation{id: "readBackup", path: "/backup/{id}", summary: "A backup"}),
		backupDownload, uc.ReadBackup, func(c call, r withBackupID) storage.ReadBackupInput {
			return conditional{r.IfNoneMatch, r.IfModifiedSince, r.Range, r.IfRange}.of(c.UserID, r.ID)
		}, backupAnswer)
	route(a, operation{
		id: "deleteBackup", method: http.MethodDelete, path: "/backup/{id}", tag: "backup", status: http.StatusOK, class: noBody,
		summary: "Delete a backup",
	}, uc.DeleteBackup, func(c call, r withBackupDeletion) storage.DeleteBackupInput {
		return storage.DeleteBackupInput{UserID: c.UserID, ID: r.ID}
	}, done)
}

// downloads is op with what the downloads have in common.
func downloads(op operation) operation {
	op.method, op.tag, op.status, op.class = http.MethodGet, "backup", http.StatusOK, backupBytes
	op.description = "Each chunk is verified before a byte of it is sent: if the stored bytes are damaged the connection breaks, and never ends as if all were well."
	op.fails = append(op.fails, fault.RangeNotSatisfiable)
	return op
}

// backupDownload documents a download.
var backupDownload = streamed{
	mediaType: bytesType, cached: true, ranged: true, description: "The bytes.",
	headers: map[string]string{
		"X-Checksum": "The SHA-256 of the whole backup.", "X-Backup-Version": "As the client sent it.", "X-Backup-Timestamp": "As the client sent it.",
		"X-Backup-Checksum": "As X-Checksum.", "ETag": "The backup.", "Last-Modified": "When it was complete.", "Accept-Ranges": "Always bytes.",
	},
}

// of is the input of a download. Dates that cannot be read say nothing (RFC 9110, 13.1.3).
func (h conditional) of(userID, id string) storage.ReadBackupInput {
	since, _ := http.ParseTime(h.ifModifiedSince)
	date, _ := http.ParseTime(h.ifRange)
	return storage.ReadBackupInput{
		UserID: userID, ID: id, Conditions: backup.Conditions{IfNoneMatch: h.ifNoneMatch, IfModifiedSince: since},
		Wanted: backup.Wanted{Range: h.ranged, IfRange: h.ifRange, IfRangeDate: date},
	}
}

func backupAnswer(o storage.ReadBackupOutput) answer {
	m := o.Backup
	ans := answer{
		current: o.Current, mediaType: bytesType, size: o.Part.Length, body: o.Body,
		headers: map[string]string{
			"ETag": m.ETag(), "Last-Modified": m.LastModified().UTC().Format(http.TimeFormat), "Accept-Ranges": "bytes",
			"X-Checksum": m.Checksum.String(), "X-Backup-Checksum": m.Checksum.String(), "X-Backup-Version": m.Version,
			"X-Backup-Timestamp": fmt.Sprint(millis(m.Timestamp)), "Content-Disposition": "attachment",
			"Cache-Control": "private, no-cache", // may be kept, must be asked for
		},
	}
	if o.Partial {
		ans.status = http.StatusPartialContent
		ans.headers["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", o.Part.Offset, o.Part.Offset+o.Part.Length-1, m.SizeBytes)
	}
	return ans
}

func backupMetadata(m backup.Meta) contract.BackupMetadata {
	return contract.BackupMetadata{ID: m.ID, Version: m.Version, Timestamp: millis(m.Timestamp), Checksum: m.Checksum.String(),
		ChunkCount: m.ChunkCount(), SizeBytes: m.SizeBytes, CreatedAt: millis(m.CreatedAt)}
}

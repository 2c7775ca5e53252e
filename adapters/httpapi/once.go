package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/adiuva/cloud/domain/checksum"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/gofiber/fiber/v2"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
	// claimLease is when another attempt may take over: until then a retry after a crash has to wait. A request with a key
	// has less time for its work, so that what it does after that, to find out what became of it and to keep its answer,
	// is over by then.
	claimLease = time.Minute
	claimWork  = 45 * time.Second
	// keepTimeout bounds keeping an answer, whether or not the client still waits for it.
	keepTimeout = 5 * time.Second
)

// retry is what a request that carries a key knows of earlier attempts.
type retry struct {
	newID string // for what the request makes: the same for each attempt; empty without a key
	again bool   // there was an attempt before, of which nobody knows what it did
}

// once does the work of a request unless its key was answered before: then that answer is given again. It keeps what was
// done, and what was refused because of what was sent; a refusal that may be another tomorrow, and a failure of ours, are
// told to this attempt only, so that the next one tries.
//
// An attempt that dies leaves its claim until its time is over. The next one does the work again, and tells the use case
// that it is not the first.
func (a *API) once(ctx context.Context, c *fiber.Ctx, op operation, req any, do func(context.Context, retry) error) error {
	sent := c.Context().Request.Header.PeekAll(keyHeader)
	if !op.retriable || a.cfg.Answers == nil || len(sent) == 0 {
		return do(ctx, retry{})
	}
	if len(sent) > 1 {
		return fault.Invalid("header."+keyHeader, "must be given once")
	}
	key, err := idempotency.ParseKey("header."+keyHeader, string(sent[0]))
	if err != nil {
		return err
	}
	digest, err := digestOf(op, req)
	if err != nil {
		return err
	}
	now := a.clock.Now()
	claim := idempotency.Claim{Key: key, Digest: digest, Attempt: a.ids.NewID(), At: now, Until: now.Add(claimLease)}
	userID := middleware.Principal(c).UserID
	begun, err := a.cfg.Answers.Begin(ctx, userID, claim)
	if err != nil {
		return err
	}
	if begun.Answered {
		return replay(c, begun.Answer)
	}
	final := false
	defer func() { // passed by a panic too
		if !final {
			a.afterwards(ctx, c, func(ctx context.Context) error { return a.cfg.Answers.Abandon(ctx, userID, claim) })
		}
	}()
	working, stop := context.WithTimeout(ctx, claimWork)
	defer stop()
	err = do(working, retry{newID: begun.First, again: begun.First != claim.Attempt})
	answer, keep := keptAnswer(c, err)
	if keep {
		final = true
		a.afterwards(ctx, c, func(ctx context.Context) error { return a.cfg.Answers.Finish(ctx, userID, claim, answer) })
	}
	return err
}

// afterwards does what has to follow the work. If it fails the work is done all the same: the claim runs out.
func (a *API) afterwards(ctx context.Context, c *fiber.Ctx, do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTimeout)
	defer cancel()
	if err := do(ctx); err != nil {
		middleware.LogFault(a.log, middleware.ID(c), err)
	}
}

// digestOf is the sum of all that a request asks for.
func digestOf(op operation, req any) (checksum.Sum, error) {
	h := sha256.New()
	if err := json.NewEncoder(h).Encode(struct {
		Operation string
		Request   any
	}{op.id, req}); err != nil {
		return checksum.Sum{}, fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	return checksum.FromBytes([sha256.Size]byte(h.Sum(nil))), nil
}

// kept is an answer as it is kept: small JSON of a route that may be retried, never a body.
type kept struct {
	Status int             `json:"status,omitempty"`
	ETag   string          `json:"etag,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	Fault  *keptFault      `json:"fault,omitempty"` // in place of the rest
}

type keptFault struct {
	Code    fault.Code     `json:"code"`
	Message string         `json:"message"`
	Details map[string]any `json:"details,omitempty"`
	Fields  []fault.Field  `json:"fields,omitempty"`
}

// keptAnswer is the answer that was made, as text, if it is one to be kept.
func keptAnswer(c *fiber.Ctx, err error) (text string, keep bool) {
	k := kept{Status: c.Response().StatusCode(), ETag: string(c.Response().Header.Peek(fiber.HeaderETag)), Body: c.Response().Body()}
	if err != nil {
		f := fault.From(err)
		switch f.Code {
		case fault.ChecksumMismatch, fault.PayloadTooLarge, fault.ValidationFailed, fault.IDExists:
			k = kept{Fault: &keptFault{f.Code, f.Message, f.Details, f.Fields}}
		default:
			return "", false
		}
	}
	raw, err := json.Marshal(k)
	return string(raw), err == nil
}

// replay gives an answer again.
func replay(c *fiber.Ctx, text string) error {
	var k kept
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&k); err != nil {
		return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
	}
	c.Set(replayedHeader, "true")
	if f := k.Fault; f != nil {
		for name, value := range f.Details {
			if n, ok := value.(json.Number); ok {
				whole, err := n.Int64()
				if err != nil {
					return fault.Wrap(err, fault.Internal, "Something went wrong on our side.")
				}
				f.Details[name] = whole
			}
		}
		again := fault.New(f.Code, f.Message)
		again.Details, again.Fields = f.Details, f.Fields
		return again
	}
	if k.ETag != "" {
		c.Set(fiber.HeaderETag, k.ETag)
	}
	c.Status(k.Status).Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(k.Body)
}

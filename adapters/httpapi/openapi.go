package httpapi

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/adiuva/cloud/domain/idempotency"
	"github.com/danielgtaylor/huma/v2"
)

const (
	jsonType  = "application/json"
	bytesType = "application/octet-stream"
)

// streamed documents an answer that streams.
type streamed struct {
	mediaType   string
	description string
	shape       reflect.Type      // nil for bytes
	headers     map[string]string // by name, what each says
	cached      bool              // answers 304
	ranged      bool              // answers 206
}

// newDocument is the OpenAPI document without operations.
func newDocument(cfg Config) *huma.OpenAPI {
	doc := huma.DefaultConfig("Adiuva Cloud API", cfg.Version).OpenAPI
	doc.Info.Description = "The cloud of the Adiuva desktop app: accounts, chat with agents, and end-to-end encrypted storage.\n\n" +
		"Times are integers, milliseconds since the Unix epoch. Bytes in JSON are standard base64 with padding. Checksums are the lower-case " +
		"hexadecimal SHA-256 of the raw bytes. Unknown fields of a request are refused, except in free-form maps; answers may grow fields."
	doc.Servers = []*huma.Server{{URL: cfg.PublicURL}}
	doc.Tags = []*huma.Tag{
		{Name: "auth", Description: "Accounts, sessions and tokens."},
		{Name: "chat", Description: "Agents that answer and propose actions."},
		{Name: "plans", Description: "Work that the client carries out step by step. The server runs the steps that are prompts."},
		{Name: "storage", Description: "Encrypted records. The server cannot read them."},
		{Name: "backup", Description: "Encrypted copies of all of an app's data, of any size. The server cannot read them."},
		{Name: "operations", Description: "How the server is."},
	}
	doc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access_token of /auth/login, good for 15 minutes."},
	}
	return doc
}

// describe documents an operation that answers JSON of type res, and makes the decoder of its request shape.
func describe[Req any](a *API, op *operation, res reflect.Type) *decoder {
	success := &huma.Response{
		Description: op.summary,
		Content:     map[string]*huma.MediaType{jsonType: {Schema: schemaOf(a.doc.Components.Schemas, res)}},
	}
	if res.Kind() == reflect.Struct {
		for f := range res.Fields() {
			if name := f.Tag.Get("header"); name != "" {
				addHeader(success, name, f.Tag.Get("doc"))
			}
		}
	}
	return describeRequest[Req](a, op, success)
}

// describeStream is describe for an answer that streams.
func describeStream[Req any](a *API, op *operation, doc streamed) *decoder {
	schema := &huma.Schema{} // any bytes: OpenAPI 3.1 says so by saying nothing
	if doc.shape != nil {
		schema = schemaOf(a.doc.Components.Schemas, doc.shape)
	}
	success := &huma.Response{Description: doc.description, Content: map[string]*huma.MediaType{doc.mediaType: {Schema: schema}}}
	for name, text := range doc.headers {
		addHeader(success, name, text)
	}
	d := describeRequest[Req](a, op, success)
	if doc.cached {
		a.operation(op).Responses["304"] = &huma.Response{Description: "The client has this version (If-None-Match)."}
	}
	if doc.ranged {
		part := &huma.Response{Description: "The range that was asked for.", Content: success.Content, Headers: maps.Clone(success.Headers)}
		addHeader(part, "Content-Range", "Which bytes these are, and of how many.")
		a.operation(op).Responses["206"] = part
	}
	return d
}

func addHeader(r *huma.Response, name, text string) {
	if r.Headers == nil {
		r.Headers = map[string]*huma.Header{}
	}
	r.Headers[name] = &huma.Header{Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
}

func schemaOf(registry huma.Registry, t reflect.Type) *huma.Schema {
	s := registry.Schema(t, true, t.Name())
	s.Nullable = false
	return s
}

func describeRequest[Req any](a *API, op *operation, success *huma.Response) *decoder {
	d := &decoder{class: op.class}
	doc := &huma.Operation{
		OperationID: op.id, Method: op.method, Path: BasePath + op.path, Tags: []string{op.tag}, Summary: op.summary,
		Description: op.description, Responses: map[string]*huma.Response{strconv.Itoa(op.status): success},
	}
	t := reflect.TypeFor[Req]()
	for i := range t.NumField() {
		a.describeField(op, doc, d, i, t.Field(i))
	}
	if op.retriable {
		a.documentKey(op, doc)
	}
	if !op.public {
		doc.Security = []map[string][]string{{"bearer": {}}}
	}
	a.documentFailures(op, doc, d)
	a.doc.AddOperation(doc)
	return d
}

// describeField documents the field f, the i-th, of a request shape.
func (a *API) describeField(op *operation, doc *huma.Operation, d *decoder, i int, f reflect.StructField) {
	switch f.Name {
	case "Body":
		d.index, d.body = i, schemaOf(a.doc.Components.Schemas, f.Type)
		doc.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonType: {Schema: d.body}},
			Description: "At most " + size(op.class.maxBytes) + "."}
		return
	case "Bytes": // stands after Body
		d.bytes = i
		doc.RequestBody.Content[bytesType] = &huma.MediaType{Schema: &huma.Schema{}}
		doc.RequestBody.Description = "At most " + size(op.class.maxBytes) + " of JSON, or " + size(op.class.maxRaw) + " of bytes."
		return
	}
	for _, in := range []string{"path", "query", "header"} {
		name := f.Tag.Get(in)
		if name == "" {
			continue
		}
		schema := huma.SchemaFromField(a.doc.Components.Schemas, f, "")
		a.validator.learn(schema)
		p := parameter{index: i, in: in, name: name, schema: schema, uuid: schema.Format == "uuid", needed: f.Tag.Get("required") == "true",
			bytes: f.Tag.Get("for") == "bytes"}
		d.params = append(d.params, p)
		doc.Parameters = append(doc.Parameters, &huma.Param{Name: name, In: in, Required: in == "path" || p.needed && !p.bytes,
			Description: schema.Description, Schema: schema})
	}
}

// documentKey describes the header that makes a retry safe.
func (a *API) documentKey(op *operation, doc *huma.Operation) {
	op.fails = append(op.fails, fault.Conflict)
	doc.Parameters = append(doc.Parameters, &huma.Param{
		Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(idempotency.MaxKeyBytes), Pattern: "^[!-~]+$"},
		Description: "A name of the client's for this request, new for each: if the answer got lost, the same request with the same name gets the first answer, " +
			"marked Idempotent-Replayed: true, for 24 hours, and the work is done once. 409 conflict while it is being worked on; 422 if the name was used for another request. " +
			"What was refused for a reason that may pass, like a full quota, and failures of the server are not kept: the next attempt tries again.",
	})
}

// documentFailures lists the codes that an operation can answer, by status.
func (a *API) documentFailures(op *operation, doc *huma.Operation, d *decoder) {
	codes := append([]fault.Code{fault.Internal, fault.Unavailable, fault.MalformedRequest, fault.PayloadTooLarge, fault.UnsupportedMediaType}, op.fails...)
	if !op.public {
		codes = append(codes, fault.Unauthenticated, fault.TokenExpired)
	}
	if d.body != nil {
		codes = append(codes, fault.ValidationFailed, fault.RequestTimeout)
	}
	for _, p := range d.params {
		if p.in == "query" {
			codes = append(codes, fault.ValidationFailed)
		}
		if p.in == "path" {
			codes = append(codes, fault.NotFound)
		}
	}
	byStatus := map[int][]string{}
	for _, code := range codes {
		status := kinds[code].status
		if !slices.Contains(byStatus[status], string(code)) {
			byStatus[status] = append(byStatus[status], string(code))
		}
	}
	problem := schemaOf(a.doc.Components.Schemas, reflect.TypeFor[contract.Problem]())
	for status, words := range byStatus {
		key := strconv.Itoa(status)
		if _, taken := doc.Responses[key]; taken {
			continue // readiness says its own 503
		}
		doc.Responses[key] = &huma.Response{Description: http.StatusText(status) + ": " + strings.Join(words, ", "),
			Content: map[string]*huma.MediaType{problemType: {Schema: problem}}}
	}
}

// operation is the documented form of op.
func (a *API) operation(op *operation) *huma.Operation {
	item := a.doc.Paths[BasePath+op.path]
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[op.method]
}

// finishDocument makes what huma guesses fit the API: an array is never null here, and only requests are closed to fields
// that nobody knows; answers may grow. frames are what clients send beside requests.
func finishDocument(doc *huma.OpenAPI, frames []*huma.Schema) ([]byte, error) {
	sent := sentSchemas(doc, frames)
	for name, s := range doc.Components.Schemas.Map() {
		for _, p := range s.Properties {
			p.Nullable = false
		}
		if !sent[name] {
			s.AdditionalProperties = nil
		}
	}
	return doc.MarshalJSON()
}

// sentSchemas are the names of what clients send.
func sentSchemas(doc *huma.OpenAPI, frames []*huma.Schema) map[string]bool {
	sent := map[string]bool{}
	var visit func(s *huma.Schema)
	visit = func(s *huma.Schema) {
		if s == nil {
			return
		}
		if name := path.Base(s.Ref); s.Ref != "" && !sent[name] {
			sent[name] = true
			visit(doc.Components.Schemas.Map()[name])
		}
		visit(s.Items)
		for _, p := range s.Properties {
			visit(p)
		}
	}
	for _, f := range frames {
		visit(f)
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && op.RequestBody != nil {
				for _, content := range op.RequestBody.Content {
					visit(content.Schema)
				}
			}
		}
	}
	return sent
}

func size(n int64) string {
	if n >= 1e12 && n%1e12 == 0 {
		return fmt.Sprintf("%d TB", n/1e12)
	}
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

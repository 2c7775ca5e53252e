package httpapi

import (
	"fmt"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/danielgtaylor/huma/v2"
)

const jsonType = "application/json"

// streamed documents an answer that streams.
type streamed struct {
	mediaType   string
	description string
	shape       reflect.Type      // nil for bytes
	headers     map[string]string // by name, what each says
	cached      bool              // answers 304
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
		{Name: "storage", Description: "Encrypted records. The server cannot read them."},
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
		f := t.Field(i)
		if f.Name == "Body" {
			d.index, d.body = i, schemaOf(a.doc.Components.Schemas, f.Type)
			doc.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{jsonType: {Schema: d.body}},
				Description: "At most " + size(op.class.maxBytes) + "."}
			continue
		}
		for _, in := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(in); name != "" {
				schema := huma.SchemaFromField(a.doc.Components.Schemas, f, "")
				a.validator.learn(schema)
				d.params = append(d.params, parameter{index: i, in: in, name: name, schema: schema, uuid: schema.Format == "uuid"})
				doc.Parameters = append(doc.Parameters, &huma.Param{Name: name, In: in, Required: in == "path", Description: schema.Description, Schema: schema})
			}
		}
	}
	if !op.public {
		doc.Security = []map[string][]string{{"bearer": {}}}
	}
	a.documentFailures(op, doc, d)
	a.doc.AddOperation(doc)
	return d
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
// that nobody knows; answers may grow.
func finishDocument(doc *huma.OpenAPI) ([]byte, error) {
	sent := sentSchemas(doc)
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
func sentSchemas(doc *huma.OpenAPI) map[string]bool {
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
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && op.RequestBody != nil {
				visit(op.RequestBody.Content[jsonType].Schema)
			}
		}
	}
	return sent
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

package httpapi

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/adiuva/cloud/adapters/httpapi/middleware"
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

//go:embed reference
var reference embed.FS

// pagePolicy permits the reference page its own assets and requests to its own server, nothing else.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// asset is a file of the reference page.
type asset struct{ path, file, mediaType string }

// assets are served below BasePath, so that one rule of a reverse proxy covers them; /docs is for people's fingers.
var assets = []asset{
	{BasePath + "/docs", "index.html", "text/html; charset=utf-8"},
	{"/docs", "index.html", "text/html; charset=utf-8"},
	{BasePath + "/docs/reference.css", "reference.css", "text/css; charset=utf-8"},
	{BasePath + "/docs/reference.js", "reference.js", "text/javascript; charset=utf-8"},
}

// docs serves the OpenAPI document and the page that shows it. It comes after all other routes: it finishes the document.
func (a *API) docs() error {
	op := operation{id: "getOpenAPI", method: http.MethodGet, path: "/openapi.json", tag: "operations", status: http.StatusOK, public: true, class: noBody, summary: "This document"}
	describeRequest[nothing](a, &op, &huma.Response{
		Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{jsonType: {Schema: &huma.Schema{Type: huma.TypeObject}}},
	})
	a.operation(&op).Responses["304"] = &huma.Response{Description: "The client has this version (If-None-Match)."}
	document, err := finishDocument(a.doc, a.frames.sent)
	if err != nil {
		return err
	}
	a.document = document
	a.static(BasePath+"/openapi.json", jsonType, "", document)
	for _, f := range assets {
		content, err := reference.ReadFile("reference/" + f.file)
		if err != nil {
			return err
		}
		a.static(f.path, f.mediaType, pagePolicy, content)
	}
	return nil
}

// static serves bytes that never change while the process lives. An empty policy leaves the API's.
func (a *API) static(path, mediaType, policy string, content []byte) {
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	a.table.add(http.MethodGet, path, noBody)
	a.app.Get(path, func(c *fiber.Ctx) error {
		middleware.Template(c, path)
		c.Set(fiber.HeaderETag, tag)
		c.Set(fiber.HeaderCacheControl, "no-cache")
		if policy != "" {
			c.Set(fiber.HeaderContentSecurityPolicy, policy)
		}
		if matches(c.Get(fiber.HeaderIfNoneMatch), tag) {
			c.Status(fiber.StatusNotModified)
			return nil
		}
		c.Set(fiber.HeaderContentType, mediaType)
		return c.Send(content)
	})
}

// matches reports whether an If-None-Match header covers tag, by weak comparison (RFC 9110, 13.1.2).
func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") { // our tags are hexadecimal digits in quotes: no comma inside
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == "*" || t == tag {
			return true
		}
	}
	return false
}

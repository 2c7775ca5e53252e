package provider

import (
	"net/http"
	"time"
)

// pause is how often Muttering shows that it lives.
const pause = 5 * time.Millisecond

// Reply answers one request.
type Reply func(x *Exchange)

// Then answers with this reply's events and goes on with the next one's: Text("Half an").Then(Cutting()).
func (r Reply) Then(next Reply) Reply {
	return func(x *Exchange) {
		r(x)
		next(x)
	}
}

// Body answers with any status and document, and headers given as "Name: value".
func Body(status int, contentType, body string, headers ...string) Reply {
	return func(x *Exchange) {
		x.Head(status, append([]string{"Content-Type: " + contentType}, headers...)...)
		x.Write(body)
	}
}

// OpenStream sends the head of an event stream.
func OpenStream(x *Exchange) {
	x.Head(http.StatusOK, "Content-Type: text/event-stream; charset=utf-8", "Cache-Control: no-cache")
}

// Stream opens an event stream and writes the bytes as they are, chunk by chunk: for streams that no honest encoder makes.
func Stream(chunks ...string) Reply {
	return func(x *Exchange) {
		OpenStream(x)
		for _, c := range chunks {
			if !x.Write(c) {
				return
			}
		}
	}
}

// BadGateway is 502 with a proxy's page.
func BadGateway() Reply {
	return Body(http.StatusBadGateway, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")
}

// Page is 200 with a page: a captive portal, or a base URL that leads to a website.
func Page() Reply {
	return Body(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><html><body>Welcome to our website</body></html>")
}

// Redirect sends the client elsewhere.
func Redirect(to string) Reply {
	return Body(http.StatusTemporaryRedirect, "text/plain", "moved", "Location: "+to)
}

// Silent says nothing more until the client hangs up; alone, it accepts the request and never answers.
func Silent() Reply { return func(x *Exchange) { x.Hang() } }

// Muttering sends these bytes again and again.
func Muttering(text string) Reply {
	return func(x *Exchange) {
		for x.Wait(pause) && x.Write(text) {
			continue
		}
	}
}

// Cut breaks the connection; alone, it does so before anything was answered.
func Cut() Reply { return func(x *Exchange) { x.Cut() } }

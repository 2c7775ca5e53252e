package middleware

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/fault"
	"github.com/gofiber/fiber/v2"
)

// bearerProtocol begins a subprotocol that is an access token: browsers let a page set this header and no other.
const bearerProtocol = "bearer."

// maxProtocols bounds what one handshake may offer.
const maxProtocols = 32

// tokenParameters are what people call a token in an address.
var tokenParameters = []string{"token", "access_token", "bearer", "jwt", "authorization", "auth", "key", "api_key"}

// Handshake is what a client shows when it opens a WebSocket.
type Handshake struct {
	Token     string   // an access token; empty if there is a ticket
	Ticket    string   // a one-use ticket; empty if there is a token
	Protocols []string // the subprotocols it offers, tokens left out
}

// ReadHandshake takes the credential from the Authorization header, a subprotocol or the query. Unauthenticated if there
// is none, or a token in the query, where it would end up in logs; MalformedRequest if there are several (RFC 6750, 3.1).
func ReadHandshake(c *fiber.Ctx) (Handshake, error) {
	query := c.Context().QueryArgs()
	if slices.ContainsFunc(tokenParameters, query.Has) {
		return Handshake{}, fault.New(fault.Unauthenticated, "An access token must not stand in the address, where logs would keep it. "+
			"Send it in the Authorization header or as a subprotocol, or ask POST /auth/ws-ticket for a ticket.")
	}
	h, tokens, err := offers(c)
	if err != nil {
		return Handshake{}, err
	}
	if len(c.Context().Request.Header.PeekAll(fiber.HeaderAuthorization)) > 0 {
		token, err := bearer(c)
		if err != nil {
			return Handshake{}, err
		}
		tokens = append(tokens, token)
	}
	tickets := query.PeekMulti("ticket")
	if len(tokens)+len(tickets) > 1 {
		return Handshake{}, fault.New(fault.MalformedRequest, "Send one credential: the Authorization header, a subprotocol or a ticket.")
	}
	if len(tokens) == 1 {
		h.Token = tokens[0]
	}
	if len(tickets) == 1 {
		h.Ticket = string(tickets[0])
	}
	if h.Token == "" && h.Ticket == "" {
		return Handshake{}, fault.New(fault.Unauthenticated, "This needs an access token in the Authorization header or as a subprotocol, or a ticket. Log in first.")
	}
	return h, nil
}

// offers reads the subprotocols, and takes the tokens out of them.
func offers(c *fiber.Ctx) (h Handshake, tokens []string, err error) {
	for _, line := range c.Context().Request.Header.PeekAll("Sec-WebSocket-Protocol") {
		for offer := range strings.SplitSeq(string(line), ",") {
			offer = strings.TrimSpace(offer)
			if token, ok := strings.CutPrefix(offer, bearerProtocol); ok {
				tokens = append(tokens, token)
			} else if offer != "" {
				h.Protocols = append(h.Protocols, offer)
			}
			if len(h.Protocols)+len(tokens) > maxProtocols {
				return Handshake{}, nil, fault.New(fault.MalformedRequest, "The request offers too many subprotocols.")
			}
		}
	}
	return h, tokens, nil
}

// IsUpgrade is nil for a request that opens a WebSocket (RFC 6455, 4.2.1): UpgradeRequired for any other request and any
// other version of the protocol, MalformedRequest for one whose handshake is broken.
func IsUpgrade(c *fiber.Ctx) error {
	h := &c.Context().Request.Header
	if c.Method() != fiber.MethodGet || !h.IsHTTP11() || !holds(c, fiber.HeaderConnection, "upgrade") || !holds(c, fiber.HeaderUpgrade, "websocket") {
		c.Set(fiber.HeaderUpgrade, "websocket")
		c.Set(fiber.HeaderConnection, "Upgrade")
		return fault.New(fault.UpgradeRequired, "This is a WebSocket: open it with an upgrade request.")
	}
	if c.Get("Sec-WebSocket-Version") != "13" {
		c.Set("Sec-WebSocket-Version", "13")
		c.Set(fiber.HeaderUpgrade, "websocket")
		c.Set(fiber.HeaderConnection, "Upgrade")
		return fault.New(fault.UpgradeRequired, "Only version 13 of the WebSocket protocol is spoken here.")
	}
	keys := h.PeekAll("Sec-WebSocket-Key")
	if len(keys) != 1 || h.ContentLength() > 0 || h.ContentLength() == -1 {
		return fault.New(fault.MalformedRequest, "The WebSocket handshake needs one Sec-WebSocket-Key and no body.")
	}
	if key, err := base64.StdEncoding.DecodeString(string(keys[0])); err != nil || len(key) != 16 {
		return fault.New(fault.MalformedRequest, "The Sec-WebSocket-Key is not valid.")
	}
	return nil
}

// holds reports whether the first header of this name lists a word, in any case.
func holds(c *fiber.Ctx, header, word string) bool {
	for item := range strings.SplitSeq(c.Get(header), ",") {
		if strings.EqualFold(strings.TrimSpace(item), word) {
			return true
		}
	}
	return false
}

// FromAllowed is Forbidden for a page of another origin than the allowed ones. A WebSocket knows no CORS: without this,
// any website could open one. A request without an Origin comes from no browser.
func FromAllowed(c *fiber.Ctx, o Origins) error {
	all := c.Context().Request.Header.PeekAll(fiber.HeaderOrigin)
	if len(all) > 1 || len(all) == 1 && !o.Allows(string(all[0])) {
		return fault.New(fault.Forbidden, "Pages of this origin may not open a WebSocket here.")
	}
	return nil
}

// Identify notes who makes the request.
func Identify(c *fiber.Ctx, p account.Principal) { c.Locals(principalLocal, p) }

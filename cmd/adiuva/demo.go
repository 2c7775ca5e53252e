package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/cmd/assembly"
)

func newDemo(settings loader) *cobra.Command {
	var url string
	cmd := &cobra.Command{
		Use: "demo", Short: "Walk through the product against a running server, showing each request and answer", Args: cobra.NoArgs,
		Long: "Walk through the product against a running server, showing each request and answer.\n\n" +
			"It makes two accounts, gives one a tier as `adiuva admin set-tier` would (so it needs the settings of the server's\n" +
			"database), and deletes both at the end.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			if url == "" {
				url = baseURL(cfg, nil)
			}
			sys, closeAll, err := assembly.New(cmd.Context(), cfg, assembly.Overrides{})
			if err != nil {
				return err
			}
			defer closeAll()
			d := &demo{guide: guide{out: cmd.OutOrStdout(), base: strings.TrimSuffix(url, "/") + "/api/v1"}, setTier: sys.Admin.SetTier}
			return d.walk(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "the server, as in http://localhost:8000 (default: by the settings)")
	return cmd
}

// demo is one walk through the product.
type demo struct {
	guide
	setTier  *accounts.SetTier
	email    string
	password string
	owner    string // access token
	stranger string
	recordID string
	key      []byte // of the client; the server never sees it
}

// walk shows the chapters in order and stops at the first answer that is not as it should be. The accounts are deleted
// whatever happens.
func (d *demo) walk(ctx context.Context) (err error) {
	d.email, d.password = "demo-"+strings.ToLower(rand.Text()[:10])+"@example.com", rand.Text()
	defer func() {
		leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		if err = errors.Join(err, d.leave(leaving)); err == nil {
			d.say("\nEverything is as it should be.")
		}
	}()
	for _, chapter := range []func(context.Context) error{d.hello, d.account, d.chat, d.stream, d.store, d.readBack, d.other, d.rotate} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) hello(ctx context.Context) error {
	d.title("The server")
	var health contract.Health
	return d.call(ctx, http.MethodGet, "/health", "", nil, http.StatusOK, &health)
}

func (d *demo) account(ctx context.Context) error {
	d.title("An account")
	var tokens contract.AuthTokens
	if err := d.call(ctx, http.MethodPost, "/auth/register", "", contract.Credentials{Email: d.email, Password: d.password}, http.StatusCreated, &tokens); err != nil {
		return err
	}
	d.owner = tokens.AccessToken
	var profile contract.UserProfile
	return d.call(ctx, http.MethodGet, "/auth/me", d.owner, nil, http.StatusOK, &profile)
}

// chat asks for a task and checks every field of the action that comes back, the due date in the user's zone included.
func (d *demo) chat(ctx context.Context) error {
	d.title("A conversation")
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return err
	}
	req := contract.ChatRequest{Message: "add a high priority task to call Bob tomorrow at 3pm"}
	req.Context.UserProfile = map[string]any{"timezone": zone.String()}
	var answer contract.ChatResponse
	if err := d.call(ctx, http.MethodPost, "/chat", d.owner, req, http.StatusOK, &answer); err != nil {
		return err
	}
	if len(answer.Actions) != 1 {
		return fmt.Errorf("one action should have come back, not %d", len(answer.Actions))
	}
	now := time.Now().In(zone)
	due := time.Date(now.Year(), now.Month(), now.Day()+1, 15, 0, 0, 0, zone).UnixMilli()
	a := answer.Actions[0]
	title, _ := a.Data["title"].(string)
	got, _ := a.Data["due_date"].(float64)
	switch {
	case a.Type != "create_record" || a.Table != "tasks":
		return fmt.Errorf("the action should create a record in tasks, not %s in %s", a.Type, a.Table)
	case !strings.EqualFold(title, "call Bob"):
		return fmt.Errorf("the title should be %q, not %q", "call Bob", title)
	case a.Data["priority"] != "high":
		return fmt.Errorf("the priority should be high, not %v", a.Data["priority"])
	case int64(got) != due:
		return fmt.Errorf("the due date should be %d (tomorrow at 15:00 in Rome), not %d", due, int64(got))
	}
	d.say("due_date is " + time.UnixMilli(int64(got)).In(zone).Format("Monday 2 January 2006 15:04 MST") + ".")
	return nil
}

// store keeps a record that was encrypted here: first in a tier that has no storage, then in one that has.
func (d *demo) store(ctx context.Context) error {
	d.title("An encrypted record")
	d.key = make([]byte, 32)
	_, _ = rand.Read(d.key) // never fails
	sealed, err := seal(d.key, []byte(`{"title":"call Bob","priority":"high"}`))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(sealed)
	body := contract.StorageRecordCreate{Table: "tasks", Blob: sealed, Checksum: hex.EncodeToString(sum[:])}
	d.say("The free tier keeps no records:")
	if err := d.call(ctx, http.MethodPost, "/storage/records", d.owner, body, http.StatusForbidden, nil); err != nil {
		return err
	}
	d.say("$ adiuva admin set-tier " + d.email + " pro")
	if _, err := d.setTier.Execute(ctx, accounts.SetTierInput{Email: d.email, Tier: "pro"}); err != nil {
		return explain(err)
	}
	var created contract.StorageRecordCreated
	if err := d.call(ctx, http.MethodPost, "/storage/records", d.owner, body, http.StatusCreated, &created); err != nil {
		return err
	}
	d.recordID = created.ID
	var list []contract.RecordMeta
	return d.call(ctx, http.MethodGet, "/storage/records?table=tasks", d.owner, nil, http.StatusOK, &list)
}

func (d *demo) readBack(ctx context.Context) error {
	d.title("The same bytes again")
	blob, sum, err := d.download(ctx, "/storage/records/"+d.recordID, d.owner)
	if err != nil {
		return err
	}
	if got := sha256.Sum256(blob); hex.EncodeToString(got[:]) != sum {
		return errors.New("the bytes should have the checksum that the server says")
	}
	plain, err := open(d.key, blob)
	if err != nil {
		return fmt.Errorf("the bytes should be those that were stored: %w", err)
	}
	d.say("Decrypted here, with a key that never left: " + string(plain))
	return nil
}

func (d *demo) other(ctx context.Context) error {
	d.title("A stranger")
	var tokens contract.AuthTokens
	credentials := contract.Credentials{Email: "stranger-" + d.email, Password: d.password}
	if err := d.call(ctx, http.MethodPost, "/auth/register", "", credentials, http.StatusCreated, &tokens); err != nil {
		return err
	}
	d.stranger = tokens.AccessToken
	return d.call(ctx, http.MethodGet, "/storage/records/"+d.recordID, d.stranger, nil, http.StatusNotFound, nil)
}

// rotate logs in as a second device, refreshes, and shows that the lost answer of a refresh can be had again.
func (d *demo) rotate(ctx context.Context) error {
	d.title("A second device, and its refresh token")
	var first, second, again contract.AuthTokens
	if err := d.call(ctx, http.MethodPost, "/auth/login", "", contract.Credentials{Email: d.email, Password: d.password}, http.StatusOK, &first); err != nil {
		return err
	}
	rotate := contract.RefreshRequest{RefreshToken: first.RefreshToken}
	if err := d.call(ctx, http.MethodPost, "/auth/refresh", "", rotate, http.StatusOK, &second); err != nil {
		return err
	}
	d.say("Had the answer been lost: the parent may come again within 10 seconds and gives the same child.")
	if err := d.call(ctx, http.MethodPost, "/auth/refresh", "", rotate, http.StatusOK, &again); err != nil {
		return err
	}
	if again.RefreshToken != second.RefreshToken {
		return errors.New("the family of refresh tokens should not have forked")
	}
	return nil
}

// leave deletes what the walk made, as a user would.
func (d *demo) leave(ctx context.Context) error {
	d.title("Leaving")
	var errs []error
	for _, token := range []string{d.owner, d.stranger} {
		if token == "" {
			continue
		}
		errs = append(errs, d.call(ctx, http.MethodDelete, "/auth/me", token, contract.PasswordConfirmation{Password: d.password}, http.StatusOK, nil))
	}
	return errors.Join(errs...)
}

// seal encrypts with AES-256-GCM, the nonce in front.
func seal(key, plain []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(nil, nil, plain, nil), nil //nolint:gosec // newGCM makes one that draws its own nonce, and takes none
}

func open(key, sealed []byte) ([]byte, error) {
	gcm, err := newGCM(key)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nil, bytes.Clone(sealed), nil)
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

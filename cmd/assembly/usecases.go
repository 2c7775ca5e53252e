package assembly

import (
	"github.com/google/wire"

	"github.com/adiuva/cloud/adapters/httpapi"
	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/entitlements"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/orchestration/agents"
	"github.com/adiuva/cloud/application/orchestration/plans"
	"github.com/adiuva/cloud/application/orchestration/prompts"
	"github.com/adiuva/cloud/application/orchestration/sanitizer"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/config"
	"github.com/adiuva/cloud/ports"
)

// accountsArea is who you are: register, login, sessions, password, leaving.
var accountsArea = wire.NewSet(
	wire.Struct(new(accounts.Opener), "*"),
	wire.Struct(new(accounts.Passwords), "*"),
	wire.Struct(new(accounts.Removal), "*"),
	wire.Struct(new(accounts.Register), "*"),
	wire.Struct(new(accounts.Login), "*"),
	wire.Struct(new(accounts.Refresh), "*"),
	wire.Struct(new(accounts.Authenticate), "*"),
	wire.Struct(new(accounts.Logout), "*"),
	wire.Struct(new(accounts.ListSessions), "*"),
	wire.Struct(new(accounts.EndSession), "*"),
	wire.Struct(new(accounts.ChangePassword), "*"),
	wire.Struct(new(accounts.GetProfile), "*"),
	wire.Struct(new(accounts.DeleteAccount), "*"),
	wire.Struct(new(accounts.ExportAccount), "*"),
	wire.Struct(new(accounts.IssueTicket), "*"),
	wire.Struct(new(accounts.RedeemTicket), "*"),
	wire.Struct(new(accounts.CheckSession), "*"),
	wire.Struct(new(accounts.FinishDeletions), "*"),
	wire.Struct(new(accounts.CleanUp), "*"),
	wire.Struct(new(accounts.SetTier), "*"),
	wire.Struct(new(accounts.SetRole), "*"),
	wire.Struct(new(accountsRoutes), "*"),
	wire.Struct(new(Admin), "*"),
	provideAccessLifetime,
)

// accountsRoutes are the concrete use cases behind /auth.
type accountsRoutes struct {
	Register       *accounts.Register
	Login          *accounts.Login
	Refresh        *accounts.Refresh
	Authenticate   *accounts.Authenticate
	Logout         *accounts.Logout
	ListSessions   *accounts.ListSessions
	EndSession     *accounts.EndSession
	ChangePassword *accounts.ChangePassword
	GetProfile     *accounts.GetProfile
	DeleteAccount  *accounts.DeleteAccount
	ExportAccount  *accounts.ExportAccount
	IssueTicket    *accounts.IssueTicket
	RedeemTicket   *accounts.RedeemTicket
	CheckSession   *accounts.CheckSession
}

func provideAccessLifetime(cfg config.Config) accounts.AccessLifetime {
	return accounts.AccessLifetime(cfg.Tokens.Lifetime)
}

// storageArea is encrypted records and their objects.
var storageArea = wire.NewSet(
	wire.Struct(new(storage.StoreBlob), "*"),
	wire.Struct(new(storage.ReadBlob), "*"),
	wire.Struct(new(storage.ListRecords), "*"),
	wire.Struct(new(storage.UpdateBlob), "*"),
	wire.Struct(new(storage.DeleteRecord), "*"),
	wire.Struct(new(storage.BatchRecords), "*"),
	wire.Struct(new(storage.ListChanges), "*"),
	wire.Struct(new(storage.GetUsage), "*"),
	wire.Struct(new(storage.StoreBackup), "*"),
	wire.Struct(new(storage.ReadBackup), "*"),
	wire.Struct(new(storage.ListBackups), "*"),
	wire.Struct(new(storage.DeleteBackup), "*"),
	wire.Struct(new(storage.UpsertVectors), "*"),
	wire.Struct(new(storage.SearchVectors), "*"),
	wire.Struct(new(storage.DeleteVectors), "*"),
	wire.Struct(new(storage.Sweep), "*"),
	wire.Struct(new(storage.SweepVectors), "*"),
	wire.Struct(new(storage.PruneChanges), "*"),
	wire.Struct(new(storageRoutes), "*"),
	provideLifetimes,
)

// storageRoutes are the concrete use cases behind /storage and /backup.
type storageRoutes struct {
	StoreBlob    *storage.StoreBlob
	ReadBlob     *storage.ReadBlob
	ListRecords  *storage.ListRecords
	UpdateBlob   *storage.UpdateBlob
	DeleteRecord *storage.DeleteRecord
	StoreBackup  *storage.StoreBackup
	ReadBackup   *storage.ReadBackup
	ListBackups  *storage.ListBackups
	DeleteBackup *storage.DeleteBackup
	BatchRecords *storage.BatchRecords
	ListChanges  *storage.ListChanges
	GetUsage     *storage.GetUsage

	UpsertVectors *storage.UpsertVectors
	SearchVectors *storage.SearchVectors
	DeleteVectors *storage.DeleteVectors
}

func provideLifetimes(cfg config.Config) storage.Lifetimes {
	return storage.Lifetimes{Intent: cfg.Sweep.Intent, Grace: cfg.Sweep.Grace}
}

// orchestrationArea is chat: classify, route, run agents.
var orchestrationArea = wire.NewSet(
	prompts.Load,
	agents.NewRegistry,
	provideSanitizer,
	plans.NewLibrary,
	plans.NewCache,
	provideModels,
	provideBounds,
	wire.Struct(new(orchestration.Responder), "*"),
	wire.Struct(new(orchestration.Orchestrate), "*"),
	wire.Struct(new(orchestration.OrchestrateStream), "*"),
	wire.Struct(new(orchestration.ConfirmDeletions), "*"),
	wire.Struct(new(orchestration.ListAgents), "*"),
	wire.Struct(new(orchestration.ListPlaybooks), "*"),
	wire.Struct(new(orchestration.GetPlaybook), "*"),
	wire.Struct(new(orchestration.RunStep), "*"),
	wire.Struct(new(orchestrationRoutes), "*"),
)

// orchestrationRoutes are the concrete use cases behind /chat, /agents and /plans.
type orchestrationRoutes struct {
	Orchestrate       *orchestration.Orchestrate
	OrchestrateStream *orchestration.OrchestrateStream
	ConfirmDeletions  *orchestration.ConfirmDeletions
	ListAgents        *orchestration.ListAgents
	ListPlaybooks     *orchestration.ListPlaybooks
	GetPlaybook       *orchestration.GetPlaybook
	RunStep           *orchestration.RunStep
}

// provideSanitizer protects every prompt, those of the steps of plans too, and every definition of a tool.
func provideSanitizer(library *prompts.Library, registry *agents.Registry) *sanitizer.Sanitizer {
	return sanitizer.New(library.All(), registry.Definitions())
}

func provideBounds(cfg config.Config) orchestration.Bounds {
	return orchestration.Bounds{Wall: cfg.LLM.Total}
}

// operationsArea is how the server is.
var operationsArea = wire.NewSet(
	wire.Struct(new(operations.CheckHealth), "Probes"),
	wire.Struct(new(operations.ForgetAnswers), "*"),
	provideProbes,
)

func provideProbes(database rowsProbe, objects objectsProbe) []ports.Probe {
	return []ports.Probe{database, objects}
}

// useCases is what the product does, by area.
var useCases = wire.NewSet(
	wire.Struct(new(entitlements.Gate), "*"),
	accountsArea, storageArea, orchestrationArea, operationsArea,
	provideUseCases,
)

// provideUseCases hands the use cases to the API as the interfaces that it drives.
func provideUseCases(a accountsRoutes, s storageRoutes, o orchestrationRoutes, health *operations.CheckHealth) httpapi.UseCases {
	return httpapi.UseCases{
		Accounts: httpapi.Accounts{
			Register: a.Register, Login: a.Login, Refresh: a.Refresh, Authenticate: a.Authenticate, Logout: a.Logout,
			ListSessions: a.ListSessions, EndSession: a.EndSession, ChangePassword: a.ChangePassword, GetProfile: a.GetProfile,
			DeleteAccount: a.DeleteAccount, ExportAccount: a.ExportAccount, IssueTicket: a.IssueTicket, RedeemTicket: a.RedeemTicket,
			CheckSession: a.CheckSession,
		},
		Storage: httpapi.Storage{
			StoreBlob: s.StoreBlob, ReadBlob: s.ReadBlob, ListRecords: s.ListRecords, UpdateBlob: s.UpdateBlob, DeleteRecord: s.DeleteRecord,
			StoreBackup: s.StoreBackup, ReadBackup: s.ReadBackup, ListBackups: s.ListBackups, DeleteBackup: s.DeleteBackup,
			BatchRecords: s.BatchRecords, ListChanges: s.ListChanges, GetUsage: s.GetUsage,
			UpsertVectors: s.UpsertVectors, SearchVectors: s.SearchVectors, DeleteVectors: s.DeleteVectors,
		},
		Orchestration: httpapi.Orchestration{Orchestrate: o.Orchestrate, OrchestrateStream: o.OrchestrateStream, ConfirmDeletions: o.ConfirmDeletions,
			ListAgents: o.ListAgents, ListPlaybooks: o.ListPlaybooks, GetPlaybook: o.GetPlaybook, RunStep: o.RunStep},
		Operations: httpapi.Operations{CheckHealth: health},
	}
}

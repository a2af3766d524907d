#include "controller/state/sqlite/database.hpp"

#include <fmt/format.h>

#include <limits>

namespace spillway::state {
namespace {

struct Meaning {
  Errc code;
  std::string_view advice;
};

/// How long a call waits for another process that holds the file: a reader that opens it for the
/// first time after a crash recovers the log, which takes milliseconds. Blocks the loop meanwhile.
constexpr int busy_milliseconds{1000};

constexpr std::string_view if_damaged{
    "the file is damaged or not a database: stop Spillway, move it away (with its -wal and -shm) "
    "and start again, which finds running groups by their tags; or restore a backup"};

/// What to do about a primary result code; the path is known to the caller's message.
Meaning meaning_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return {Errc::unavailable, "the disk is full or the size limit is reached: free space"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "another process holds it: close programs that write to it"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::malformed, if_damaged};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Errc::denied, "check that the directory and the file may be written by this user"};
    case SQLITE_IOERR:
      return {Errc::unavailable, "the disk fails: check the kernel log and the mount"};
    default:
      return {Errc::unavailable, "it is tried again"};
  }
}

}  // namespace

Error sqlite_error(sqlite3* database, std::string_view step) {
  const int code{sqlite3_extended_errcode(database)};
  const char* const path{sqlite3_db_filename(database, "main")};
  const Meaning meaning{meaning_of(code)};
  return {meaning.code, fmt::format("{}: {}: {} ({}); {}", path == nullptr ? "" : path, step,
                                    sqlite3_errmsg(database), code, meaning.advice)};
}

bool Row::is_null() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

bool Row::expect(int type) {
  const bool is_right{sqlite3_column_type(statement_, column_) == type};
  ++column_;
  if (!is_right) fail("has a value of the wrong type");
  return is_right;
}

void Row::fail(std::string_view complaint) {
  if (error_) return;
  const char* const name{sqlite3_column_name(statement_, column_ - 1)};
  error_ = fmt::format("column {} {}", name == nullptr ? "?" : name, complaint);
}

std::int64_t Row::integer() {
  return expect(SQLITE_INTEGER) ? sqlite3_column_int64(statement_, column_ - 1) : 0;
}

double Row::real() {
  return expect(SQLITE_FLOAT) ? sqlite3_column_double(statement_, column_ - 1) : 0.0;
}

std::string Row::text() {
  if (!expect(SQLITE_TEXT)) return {};
  const void* const bytes{sqlite3_column_blob(statement_, column_ - 1)};
  const int size{sqlite3_column_bytes(statement_, column_ - 1)};
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

int Row::checked_int(std::int64_t wide) {
  if (std::in_range<int>(wide)) return static_cast<int>(wide);
  fail("is out of range");
  return 0;
}

std::optional<TimePoint> Row::optional_instant() {
  if (is_null()) {
    ++column_;
    return std::nullopt;
  }
  return instant();
}

std::optional<std::string> Row::optional_text() {
  if (is_null()) {
    ++column_;
    return std::nullopt;
  }
  return text();
}

void Statement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

void Statement::bind(int index, std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::bind(int index, double value) {
  note(sqlite3_bind_double(statement_.get(), index, value));
}

void Statement::bind(int index, std::string_view value) {
  // A null pointer would bind NULL, and an empty view may hold one.
  const char* const bytes{value.empty() ? "" : value.data()};
  note(sqlite3_bind_text64(statement_.get(), index, bytes, value.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
}

void Statement::bind_null(int index) {
  note(sqlite3_bind_null(statement_.get(), index));
}

void Statement::rewind() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

Result<bool> Statement::step() {
  sqlite3* const database{sqlite3_db_handle(statement_.get())};
  if (const int code{std::exchange(bind_code_, SQLITE_OK)}; code != SQLITE_OK) {
    Error error{sqlite_error(database, "binding a value")};
    rewind();
    return error;
  }
  const int code{sqlite3_step(statement_.get())};
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    rewind();
    return false;
  }
  Error error{sqlite_error(database, sqlite3_sql(statement_.get()))};
  rewind();
  return error;
}

Error Statement::stop(std::string_view complaint) {
  const char* const path{sqlite3_db_filename(sqlite3_db_handle(statement_.get()), "main")};
  Error error{Errc::malformed, fmt::format("{}: {}: {}; {}", path == nullptr ? "" : path,
                                           sqlite3_sql(statement_.get()), complaint, if_damaged)};
  rewind();
  return error;
}

Result<Database> Database::open(const std::filesystem::path& path, Access access) {
  const int mode{access == Access::read_only ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  sqlite3* handle{nullptr};
  const int code{sqlite3_open_v2(path.c_str(), &handle,
                                 mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr)};
  if (handle == nullptr) return Error{Errc::unavailable, "opening a database: out of memory"};
  Database database{handle};
  if (code != SQLITE_OK) {
    return with_context(path.string(), sqlite_error(handle, "opening"));
  }
  sqlite3_busy_timeout(handle, busy_milliseconds);
  return database;
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(database_.get(), sql);
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  SPILLWAY_ASSERT(std::in_range<int>(sql.size()));
  sqlite3_stmt* statement{nullptr};
  const int code{sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                    SQLITE_PREPARE_PERSISTENT, &statement, nullptr)};
  if (code != SQLITE_OK) return sqlite_error(database_.get(), sql);
  return Statement{statement};
}

Result<std::int64_t> Database::number(std::string_view sql) {
  auto statement{prepare(sql)};
  if (!statement) return statement.error();
  std::int64_t value{0};
  const auto read{statement->rows([&](Row& row) { value = row.integer(); })};
  if (!read) return read.error();
  return value;
}

bool Database::has_moved() const {
  int moved{0};
  const int code{sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved)};
  return code == SQLITE_OK && moved != 0;
}

Result<Transaction> Transaction::begin(Database& database) {
  // Immediate: a writer that must wait does so here, and not in the middle.
  const auto begun{database.execute("BEGIN IMMEDIATE")};
  if (!begun) return begun.error();
  return Transaction{database};
}

Result<void> Transaction::commit() {
  auto committed{database_->execute("COMMIT")};
  if (committed) database_ = nullptr;
  return committed;
}

Transaction::~Transaction() {
  // A disk error may have rolled back already; then there is nothing left to do.
  if (database_ == nullptr || !database_->is_in_transaction()) return;
  static_cast<void>(database_->execute("ROLLBACK"));
}

}  // namespace spillway::state

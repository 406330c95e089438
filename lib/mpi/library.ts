import { UserError } from "../engine/user_error.ts";

/** The C functions of MPI-3 that are used. A `pointer` of a handle is its address in Open MPI's library. */
const functions = {
  MPI_Init: { parameters: ["pointer", "pointer"], result: "i32" },
  MPI_Finalize: { parameters: [], result: "i32" },
  MPI_Abort: { parameters: ["pointer", "i32"], result: "i32" },
  MPI_Comm_rank: { parameters: ["pointer", "buffer"], result: "i32" },
  MPI_Comm_size: { parameters: ["pointer", "buffer"], result: "i32" },
  MPI_Comm_split_type: {
    parameters: ["pointer", "i32", "i32", "pointer", "buffer"],
    result: "i32",
  },
  MPI_Isend: {
    parameters: ["buffer", "i32", "pointer", "i32", "i32", "pointer", "buffer"],
    result: "i32",
  },
  MPI_Irecv: {
    parameters: ["buffer", "i32", "pointer", "i32", "i32", "pointer", "buffer"],
    result: "i32",
  },
  MPI_Ibcast: {
    parameters: ["buffer", "i32", "pointer", "i32", "pointer", "buffer"],
    result: "i32",
  },
  MPI_Ireduce: {
    parameters: ["pointer", "buffer", "i32", "pointer", "pointer", "i32", "pointer", "buffer"],
    result: "i32",
  },
  MPI_Test: { parameters: ["buffer", "buffer", "pointer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Open MPI's library: its functions, and the handles that C code knows as MPI_COMM_WORLD and so on. */
export interface Library extends Deno.DynamicLibrary<typeof functions> {
  readonly handles: Readonly<Record<Handle, Deno.PointerValue>>;
}

/** The symbols whose addresses are the handles. */
const handles = {
  world: "ompi_mpi_comm_world",
  noInfo: "ompi_mpi_info_null",
  byte: "ompi_mpi_byte",
  float: "ompi_mpi_float",
  sum: "ompi_mpi_op_sum",
} as const;

type Handle = keyof typeof handles;

/** dlopen's RTLD_NOW | RTLD_GLOBAL of glibc: Open MPI's plugins look for the library's symbols among all. */
const nowAndGlobal = 0x2 | 0x100;

/**
 * Loads Open MPI's library.
 *
 * @param name The library; that of Open MPI 4 and 5 unless given.
 * @throws {UserError} when it cannot be loaded, naming the Debian package, is another MPI's, or this is not Linux.
 */
export function loadLibrary(name = "libmpi.so.40"): Library {
  if (Deno.build.os !== "linux") throw failed(`Linux, got ${Deno.build.os}`);
  const libc = Deno.dlopen("libc.so.6", {
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
  });
  const library = libc.symbols.dlopen(cString(name), nowAndGlobal);
  if (library === null) {
    throw failed(
      `Open MPI's library, but ${name} cannot be loaded; Debian has it in the package libopenmpi3`,
    );
  }
  const addressOf = (symbol: string) => {
    const address = libc.symbols.dlsym(library, cString(symbol));
    if (address !== null) return address;
    throw failed(`Open MPI's library, but ${name} is another MPI's: it has no ${symbol}`);
  };
  const found = Object.entries(handles).map(([key, symbol]) => [key, addressOf(symbol)] as const);
  return {
    ...Deno.dlopen(name, functions),
    handles: Object.fromEntries(found) as Record<Handle, Deno.PointerValue>,
  };
}

function failed(expected: string): UserError {
  return new UserError(`computing on several ranks: expected ${expected}`);
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

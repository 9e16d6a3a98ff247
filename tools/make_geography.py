"""Make the simulation's geography from the ONS postcodes and the Index of Multiple Deprivation 2025.

    python tools/make_geography.py FOLDER_OF_CSV src/kithkin/simulation/population/data

There is no postcode-to-LSOA lookup among the sources. Postcodes of each district are parted into as
many compact neighbourhoods as the district has LSOAs, in bands from north to south and in each band
from west to east, and are paired with the LSOAs in the order of their names, which the ONS numbers
roughly from north to south. The pairs are therefore ours, and not facts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

TOWNS = {
    "BS": "Bristol", "GL1": "Gloucester", "GL2": "Gloucester", "GL3": "Gloucester",
    "GL4": "Gloucester", "GL5": "Stroud", "GL6": "Stroud", "GL7": "Cirencester", "GL8": "Tetbury",
    "GL9": "Badminton", "GL10": "Stonehouse", "GL11": "Dursley", "GL12": "Wotton-under-Edge",
    "GL13": "Berkeley", "GL14": "Cinderford", "GL15": "Lydney", "GL16": "Coleford",
    "GL17": "Mitcheldean", "GL18": "Newent", "GL19": "Gloucester", "GL20": "Tewkesbury",
    "GL50": "Cheltenham", "GL51": "Cheltenham", "GL52": "Cheltenham", "GL53": "Cheltenham",
    "GL54": "Cheltenham", "GL55": "Chipping Campden", "GL56": "Moreton-in-Marsh",
    "NP": "Chepstow", "HR": "Ross-on-Wye", "WR": "Broadway", "SN": "Swindon", "OX": "Burford",
}  # fmt: skip
"""Post town of a postcode's first part, or of the letters that it starts with."""

CHILDREN = 0.205
"""Share of children in the population, for turning the published count of income-deprived children
into a share; ONS mid-2022 estimates of the South West."""


def main(source: Path, target: Path) -> None:
    """Read the two CSV files and write `areas.parquet` and `postcodes.parquet`."""
    areas = read_areas(source / "imd2025_lsoa21_gloucestershire_bristol.csv")
    postcodes = read_postcodes(source / "postcodes_gloucestershire_bristol.csv")
    postcodes["area"] = neighbourhoods(postcodes, areas)
    towns = postcodes.groupby("area")["town"].agg(lambda values: values.mode().iloc[0])
    areas["town"] = towns.reindex(areas.index).to_numpy()
    write(areas, target / "areas.parquet")
    columns = ["text", "area", "easting", "northing"]
    write(postcodes.sort_values("text")[columns], target / "postcodes.parquet")


def read_areas(path: Path) -> pd.DataFrame:
    """Give the areas in the order of their districts and names."""
    raw = pd.read_csv(path)
    people = raw["income_domain_numerator"] / raw["Income_score"]
    children = raw["income_deprivation_affecting_children_index_idaci_numerator"]
    share = (children / (CHILDREN * people)).fillna(raw["Income_score"]).clip(0.01, 0.9)
    table = pd.DataFrame({
        "code": raw["lsoa21_code"], "name": raw["lsoa21_name"], "district": raw["ltla24_code"],
        "decile": raw["IMD_decile"].astype("int8"), "score": raw["IMD_score"].astype("float32"),
        "income_children": share.astype("float32"), "crime": raw["Crime_score"].astype("float32"),
    })  # fmt: skip
    return table.sort_values(["district", "name"]).reset_index(drop=True)


def read_postcodes(path: Path) -> pd.DataFrame:
    """Give the postcodes with their space, their town and their place on the national grid."""
    raw = pd.read_csv(path)
    packed = raw["pcd"].str.replace(" ", "")
    outward = packed.str[:-3]
    town = outward.map(TOWNS).fillna(outward.str.extract(r"^([A-Z]+)")[0].map(TOWNS))
    return pd.DataFrame({
        "text": outward + " " + packed.str[-3:], "district": raw["laua"], "town": town,
        "easting": raw["oseast1m"].astype("int32"), "northing": raw["osnrth1m"].astype("int32"),
    })  # fmt: skip


def neighbourhoods(postcodes: pd.DataFrame, areas: pd.DataFrame) -> np.ndarray:
    """Give each postcode the position of the area that it is paired with."""
    result = np.zeros(len(postcodes), dtype=np.int16)
    for district, members in areas.groupby("district"):
        rows = np.flatnonzero(postcodes["district"] == district)
        north = rows[np.argsort(-postcodes["northing"].to_numpy()[rows], kind="stable")]
        bands = np.array_split(members.index.to_numpy(), round(len(members) ** 0.5))
        cuts = np.cumsum([len(band) for band in bands]) * len(rows) // len(members)
        for band, inside in zip(bands, np.split(north, cuts[:-1]), strict=True):
            west = inside[np.argsort(postcodes["easting"].to_numpy()[inside], kind="stable")]
            for area, part in zip(band, np.array_split(west, len(band)), strict=True):
                result[part] = area
    return result


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a compact Parquet file."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path, compression="zstd", compression_level=19)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
